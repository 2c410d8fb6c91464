// What the benchmarks of the whole server have in common: a load generator, and what a process has cost.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";

/** Clock ticks a second, as /proc counts processor time on Linux. */
const ticksPerSecond = 100;

export const machine = `${cpus().length} cores, ${cpus()[0]?.model}`;

/** No caller is held back: the rate is what is measured. */
export const unlimited = { EVERGRANT_LIMITS_KEY_REQUESTS_PER_SECOND: "0", EVERGRANT_LIMITS_ADDRESS_REQUESTS_PER_SECOND: "0" };

/** Runs `work` for every item, `width` at a time. */
export async function forAll<T>(items: T[], width: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

export function residentMegabytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}

/** Seconds of processor time that a process has used so far. */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

export function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

export interface Load {
  key: string;
  clients: number;
  seconds: number;
  /** Requests a second of all clients together; as many as possible without it. */
  rate?: number;
}

export interface Measured {
  perSecond: number;
  /** The 99th percentile, in milliseconds. */
  p99: number;
}

/** Reads these URLs in turn over HTTP/1.1. Throws if an answer was not 2xx. */
export async function load(urls: string[], { key, clients, seconds, rate }: Load): Promise<Measured> {
  const folder = mkdtempSync(path.join(tmpdir(), "evergrant-bench-"));
  try {
    const log = path.join(folder, "latency");
    const list = path.join(folder, "urls");
    writeFileSync(list, urls.join("\n") + "\n");
    const pace = rate === undefined ? [] : ["--rps", String(Math.max(1, Math.floor(rate / clients)))];
    const args = ["--h1", "-t1", "-c", String(clients), "-D", String(seconds), ...pace, "-H", `authorization: Bearer ${key}`, "-i", list, "--log-file", log];
    const output = await run("h2load", args);
    const bad = Number(/([\d.]+)% failed|, (\d+) failed/.exec(output)?.[2] ?? "0") + Number(/, (\d+) 4xx/.exec(output)?.[1] ?? "0") + Number(/, (\d+) 5xx/.exec(output)?.[1] ?? "0");
    if (bad > 0) throw new Error(`h2load: ${bad} bad answers\n${output}`);
    const micros = readFileSync(log, "utf8").trim().split("\n").map((line) => Number(line.split("\t")[2])).sort((a, b) => a - b);
    return { perSecond: Number(/finished in [^,]+, ([\d.]+) req\/s/.exec(output)?.[1]), p99: (micros[Math.floor(micros.length * 0.99)] ?? NaN) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(program: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve(output) : reject(new Error(`${program} ended with ${code}: ${output}`))));
  });
}
