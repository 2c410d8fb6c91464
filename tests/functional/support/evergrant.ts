// Evergrant as a test sees it: the real binary in a data folder of its own, on a port of its own choice.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const binary = process.env["EVERGRANT_BINARY"] ?? path.join(root, "build/release/evergrant");

export interface Answer {
  status: number;
  headers: Headers;
  body: any;
}

export interface Options {
  /** Provider files, by file name. */
  catalog?: Record<string, string>;
  environment?: Record<string, string>;
  flags?: string[];
  binary?: string;
  /** What its command line begins with, to run it elsewhere. */
  enter?: string[];
  /** The address it listens on. */
  address?: string;
  /** Whether plain http and this machine's own addresses may be called; if not said, they may. */
  dev?: boolean;
  /** An admin key that the store has already. */
  adminKey?: string;
  /** Called with the path of the data folder before anything is in it. */
  prepare?: (data: string) => void;
}

/** What a stopped process left behind. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export class Evergrant {
  readonly folder = mkdtempSync(path.join(tmpdir(), "evergrant-test-"));
  readonly environment: Record<string, string>;
  url = "";
  adminKey = "";
  log = "";
  #process: ChildProcess | undefined;
  #options: Options;

  private constructor(options: Options) {
    this.#options = options;
    this.environment = {
      PATH: process.env["PATH"] ?? "",
      ENCRYPTION_KEY: randomBytes(32).toString("hex"),
      ...options.environment,
    };
    for (const [name, text] of Object.entries(options.catalog ?? {}))
      writeFileSync(path.join(this.folder, name), text);
    options.prepare?.(this.#data());
  }

  /** A running server with an admin key. Stop it with `remove`. */
  static async start(options: Options = {}): Promise<Evergrant> {
    const server = new Evergrant(options);
    server.adminKey = options.adminKey ?? server.createKey("admin");
    await server.run();
    return server;
  }

  /** Makes an API key with the command line, while no server holds the data folder. */
  createKey(role: string): string {
    const made = this.command(["keys", "create", "--name", role, "--role", role]);
    const key = /eg_[A-Za-z0-9_-]+/.exec(made.stdout)?.[0];
    if (made.status !== 0 || key === undefined) throw new Error(`keys create: ${made.stdout}${made.stderr}`);
    return key;
  }

  command(args: string[], environment: Record<string, string> = {}, data = this.#data()): { status: number | null; stdout: string; stderr: string } {
    const [program = "", ...before] = this.#commandLine();
    return spawnSync(program, [...before, "--data", data, ...this.#catalogFlags(), ...args], {
      encoding: "utf8",
      env: { ...this.environment, ...environment },
      cwd: this.folder,
      timeout: 60_000,
    });
  }

  /** Starts the process, again after a stop. `environment` and `listen` are for this run alone. */
  async run(environment: Record<string, string> = {}, listen = `${this.#options.address ?? "127.0.0.1"}:0`): Promise<void> {
    const [program = "", ...before] = this.#commandLine();
    const dev = this.#options.dev === false ? [] : ["--dev"];
    const flags = ["serve", ...dev, "--listen", listen, "--data", this.#data(), ...this.#catalogFlags()];
    const child = spawn(program, [...before, ...flags, ...(this.#options.flags ?? [])], {
      env: { ...this.environment, ...environment },
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    child.stderr.on("data", (chunk: Buffer) => (this.log += chunk.toString()));
    this.url = await new Promise<string>((resolve, reject) => {
      let printed = "";
      child.stdout.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        const url = /listening on ((?:http:\/\/|unix:)\S+)/.exec(printed)?.[1];
        if (url !== undefined) resolve(url);
      });
      child.once("error", reject);
      child.once("exit", (code, signal) => reject(new Error(`evergrant ended (${code ?? signal}): ${this.log}`)));
    });
  }

  /** As it names itself to browsers when BASE_URL is not set. */
  get publicUrl(): string {
    return `http://localhost:${new URL(this.url).port}`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  running(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Sends the signal and waits for the end. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<Ending> {
    if (this.running()) this.#process?.kill(signal);
    return this.ended();
  }

  async ended(): Promise<Ending> {
    const child = this.#process;
    if (child === undefined) return { code: null, signal: null };
    if (this.running()) await once(child, "exit");
    return { code: child.exitCode, signal: child.signalCode };
  }

  async remove(): Promise<void> {
    await this.end("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  async call(method: string, route: string, body?: unknown, key: string = this.adminKey, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.url + route, {
      method,
      redirect: "manual",
      headers: {
        ...(key === "" ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    let parsed: unknown = text;
    if (response.headers.get("content-type")?.includes("json")) parsed = JSON.parse(text);
    return { status: response.status, headers: response.headers, body: parsed };
  }

  get(route: string, key?: string, headers?: Record<string, string>): Promise<Answer> {
    return this.call("GET", route, undefined, key, headers);
  }

  post(route: string, body: unknown, key?: string): Promise<Answer> {
    return this.call("POST", route, body, key);
  }

  #commandLine(): string[] {
    return [...(this.#options.enter ?? []), this.#options.binary ?? binary];
  }

  #data(): string {
    return path.join(this.folder, "data");
  }

  #catalogFlags(): string[] {
    return this.#options.catalog === undefined ? [] : ["--catalog", this.folder];
  }
}
