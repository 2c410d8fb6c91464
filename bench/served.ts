// What the whole server does, measured from outside: how soon it is ready, what 10,000 connections weigh, how long a read
// takes at half of the peak, and how many refreshes a second it makes durable. Figures are of this machine and this moment.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { LedgerScene, ledgerProvider } from "../tests/functional/support/ledger_scene.ts";

const connections = Number(process.env["CONNECTIONS"] ?? "10000");
const environment = { EVERGRANT_LIMITS_KEY_REQUESTS_PER_SECOND: "0", EVERGRANT_LIMITS_ADDRESS_REQUESTS_PER_SECOND: "0" };
const tenants = Array.from({ length: connections }, (_, index) => `tenant-${index}`);

/** Runs `work` for every item, `width` at a time. */
async function forAll<T>(items: T[], width: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

async function readyIn(scene: LedgerScene): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 5; ++i) {
    await scene.evergrant.end();
    const begun = performance.now();
    await scene.evergrant.run();
    await scene.evergrant.get("/readyz", "");
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[2] ?? NaN;
}

function residentMegabytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}

function h2load(scene: LedgerScene, args: string[]): { perSecond: number; output: string } {
  const url = `${scene.evergrant.url}/api/oauth/token/${tenants[0]}/${ledgerProvider}`;
  const run = spawnSync("h2load", ["--h1", "-t1", ...args, "-H", `authorization: Bearer ${scene.evergrant.adminKey}`, url], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`h2load: ${run.stderr}${run.stdout}`);
  return { perSecond: Number(/finished in [^,]+, ([\d.]+) req\/s/.exec(run.stdout)?.[1]), output: run.stdout };
}

/** The 99th percentile, in milliseconds, of reads at half of the peak rate. */
function latencyAtHalfPeak(scene: LedgerScene): { peak: number; p99: number } {
  const folder = mkdtempSync(path.join(tmpdir(), "evergrant-bench-"));
  try {
    const clients = 16;
    const peak = h2load(scene, ["-c", String(clients), "-D", "3"]).perSecond;
    const log = path.join(folder, "latency");
    h2load(scene, ["-c", String(clients), "-D", "5", "--rps", String(Math.max(1, Math.floor(peak / 2 / clients))), "--log-file", log]);
    const micros = readFileSync(log, "utf8").trim().split("\n").map((line) => Number(line.split("\t")[2])).sort((a, b) => a - b);
    return { peak, p99: (micros[Math.floor(micros.length * 0.99)] ?? NaN) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Everybody's token expires; everybody asks: refreshes a second until the last is answered. */
async function refreshesPerSecond(scene: LedgerScene): Promise<number> {
  const before = scene.provider.ledger.length;
  const begun = performance.now();
  await forAll(tenants.slice(0, 5000), 128, (tenant) => scene.refresh(tenant));
  const seconds = (performance.now() - begun) / 1000;
  return (scene.provider.ledger.length - before) / seconds;
}

async function main(): Promise<void> {
  const scene = await LedgerScene.set({ policy: "strictly" }, [], { environment }, 7200);
  try {
    console.log(`machine: ${cpus().length} cores, ${cpus()[0]?.model}; load generator, provider and server share them`);
    await forAll(tenants, 64, async (id) => {
      await scene.evergrant.post("/api/tenants", { id, name: id });
      await scene.connect(id);
    });
    console.log(`ready after a restart with ${connections} connections: ${(await readyIn(scene)).toFixed(0)} ms (median of 5, answer of /readyz included)`);
    await forAll(tenants, 64, (tenant) => scene.read(tenant));
    console.log(`resident with ${connections} connections, each read once: ${residentMegabytes(scene.evergrant.pid).toFixed(1)} MB`);
    const { peak, p99 } = latencyAtHalfPeak(scene);
    console.log(`reads: peak ${peak.toFixed(0)} a second; at half of that p99 ${p99.toFixed(2)} ms`);
    console.log(`refreshes, durable, rotating: ${(await refreshesPerSecond(scene)).toFixed(0)} a second (the provider and the callers are one node process each)`);
  } finally {
    await scene.clear();
  }
}

void main();
