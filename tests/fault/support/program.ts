// A program that a test started: where it runs, what it wrote, how it ends. It dies with the test, even if that is killed.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Where a program runs: what its command line begins with, and the address it is reached at. */
export interface Place {
  name: string;
  address: string;
  enter: string[];
}

export interface ProgramOptions {
  place: Place;
  argv: string[];
  /** Besides PATH. */
  environment?: Record<string, string>;
  /** Whether it refuses to be root: it is user postgres then. */
  unprivileged?: boolean;
  cwd?: string;
  /** Keeps standard input open for writing. */
  talks?: boolean;
}

const isRoot = process.getuid?.() === 0;

/** Whose files an unprivileged program needs: nobody to change to when the test is not root itself. */
export function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (!isRoot) return undefined;
  const idOf = (flag: string) => Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout.trim());
  return { uid: idOf("-u"), gid: idOf("-g") };
}

/** What a command line begins with so that the program runs at `place`, ends with this process, and is not root if so asked. */
export function beginningOf(place: Place, unprivileged = false): string[] {
  const user = unprivileged && isRoot ? ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"] : [];
  return [...place.enter, "setpriv", "--pdeathsig", "KILL", ...user, "--"];
}

export class Program {
  log = "";
  readonly child: ChildProcess;
  readonly name: string;

  constructor(options: ProgramOptions) {
    const [command = "", ...rest] = [...beginningOf(options.place, options.unprivileged), ...options.argv];
    this.name = options.place.name;
    this.child = spawn(command, rest, {
      env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C", ...options.environment },
      cwd: options.cwd,
      stdio: [options.talks ? "pipe" : "ignore", "pipe", "pipe"],
    });
    this.child.on("error", (error) => (this.log += String(error)));
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on("data", (chunk: Buffer) => (this.log = (this.log + chunk.toString()).slice(-1_000_000)));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  running(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Stops it with all its descendants, as a machine that hangs. */
  pause(): void {
    for (const pid of family(this.pid)) signal(pid, "SIGSTOP");
  }

  resume(): void {
    for (const pid of family(this.pid)) signal(pid, "SIGCONT");
  }

  /** Ends it; with SIGKILL all its descendants too, as a machine that loses its power. */
  async end(how: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const pids = family(this.pid);
    for (const pid of how === "SIGKILL" ? pids : [this.pid]) if (this.running() || pid !== this.pid) signal(pid, how);
    this.resume();
    if (this.running()) await once(this.child, "exit");
    while (pids.some(alive)) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function signal(pid: number, how: NodeJS.Signals): void {
  try {
    if (pid > 0) process.kill(pid, how);
  } catch {
    return;  // it has ended
  }
}

function alive(pid: number): boolean {
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** The process and those it made, oldest first. */
function family(pid: number): number[] {
  if (pid <= 0) return [];
  let children: number[] = [];
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
  return [pid, ...children.flatMap(family)];
}

/** A command that ends by itself; throws what it said if it fails. */
export function run(argv: string[], input = "", cwd?: string): string {
  const [command = "", ...rest] = argv;
  const done = spawnSync(command, rest, { encoding: "utf8", input, cwd, env: { ...process.env, LC_ALL: "C" } });
  if (done.status !== 0) throw new Error(`${argv.join(" ")}: ${done.error ?? ""}${done.stderr}${done.stdout}`);
  return done.stdout;
}

/** The same without holding up this process. */
export async function runSoon(argv: string[], limit = 30_000, cwd?: string): Promise<string> {
  const [command = "", ...rest] = argv;
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"], cwd, env: { ...process.env, LC_ALL: "C" }, timeout: limit, killSignal: "SIGKILL" });
  let said = "";
  let wrong = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (wrong += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${argv.join(" ")}: ended (${code ?? "out of time"}): ${wrong}${said}`);
  return said;
}

/** A command that reads all these pieces and ends; only a few of them are in memory at once. */
export async function feed(argv: string[], pieces: Iterable<string>): Promise<void> {
  const [command = "", ...rest] = argv;
  const child = spawn(command, rest, { stdio: ["pipe", "ignore", "pipe"], env: { ...process.env, LC_ALL: "C" } });
  let wrong = "";
  child.stderr.on("data", (chunk: Buffer) => (wrong += chunk.toString()));
  const closed = once(child, "close");
  await pipeline(Readable.from(pieces), child.stdin).catch((error: unknown) => (wrong += String(error)));
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new Error(`${command}: ended (${code}): ${wrong}`);
}
