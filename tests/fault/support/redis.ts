// A Redis server that can be killed, hung, filled up, and started again with what it knew long ago.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { until } from "../../functional/support/until.ts";
import { type Place, Program, runSoon } from "./program.ts";

export class RedisServer {
  readonly #place: Place;
  readonly #port: number;
  readonly #folder = mkdtempSync(path.join(tmpdir(), "evergrant-redis-"));
  #program: Program | undefined;

  private constructor(place: Place, port: number) {
    this.#place = place;
    this.#port = port;
  }

  static async start(place: Place, port: number): Promise<RedisServer> {
    const server = new RedisServer(place, port);
    await server.run();
    return server;
  }

  get url(): string {
    return `redis://${this.#place.address}:${this.#port}`;
  }

  /** Starts with what `keep` kept, however long ago, or empty. */
  async run(): Promise<void> {
    const flags = ["--bind", this.#place.address, "--port", String(this.#port), "--protected-mode", "no", "--save", "", "--dir", this.#folder];
    const started = new Program({ place: this.#place, argv: ["redis-server", ...flags], cwd: this.#folder });
    this.#program = started;
    await until("Redis answering", async () => {
      if (!started.running()) throw new Error(`Redis ended: ${started.log}`);
      return (await this.command("PING").catch(() => "")).includes("PONG");
    });
  }

  pause(): void {
    this.#program?.pause();
  }

  resume(): void {
    this.#program?.resume();
  }

  async end(how: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.#program?.end(how);
  }

  /** Keeps what it holds now for every start later on. */
  async keep(): Promise<void> {
    await this.command("SAVE");
  }

  /** From now on it takes no more, as when its memory is used up; or again does. */
  async fill(full: boolean): Promise<void> {
    await this.command("CONFIG", "SET", "maxmemory", full ? "1" : "0");
  }

  command(...words: string[]): Promise<string> {
    return runSoon(["redis-cli", "-h", this.#place.address, "-p", String(this.#port), ...words], 5000);
  }

  async remove(): Promise<void> {
    await this.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
