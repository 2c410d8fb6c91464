// One replica of a fleet: Evergrant's binary with crash points at a place of its own, with a clock of its own.
import { Agent, request } from "node:http";
import path from "node:path";
import { type Ending, Evergrant } from "../../functional/support/evergrant.ts";
import { SteppedClock } from "./clock.ts";
import type { Ledger } from "./ledger.ts";
import type { Network } from "./network.ts";
import { beginningOf, type Place, type Program } from "./program.ts";

export interface ReplicaOptions {
  network: Network;
  ledger: Ledger;
  name: string;
  environment: Record<string, string>;
  /** One that the store has; else one is made. */
  adminKey?: string;
  /** Whether its clock can be stepped. */
  clocked?: boolean;
}

export interface Reply {
  status: number;
  body: any;
  /** Where a redirect leads. */
  location: string | undefined;
}

export class Replica {
  readonly name: string;
  readonly place: Place;
  readonly evergrant: Evergrant;
  readonly clock: SteppedClock | undefined;
  readonly #forwarder: Program | undefined;
  #agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  #stopped = false;

  private constructor(options: ReplicaOptions, place: Place, evergrant: Evergrant, clock: SteppedClock | undefined, forwarder: Program | undefined) {
    this.name = options.name;
    this.place = place;
    this.evergrant = evergrant;
    this.clock = clock;
    this.#forwarder = forwarder;
  }

  static async start(options: ReplicaOptions): Promise<Replica> {
    const { network, ledger, name } = options;
    const place = network.place(name);
    const forwarder = await ledger.reachFrom(place);
    let clock: SteppedClock | undefined;
    const enter = beginningOf(place);
    const evergrant = await Evergrant.start({
      catalog: ledger.catalogFor(name),
      environment: options.environment,
      enter,
      address: place.address,
      ...(options.adminKey === undefined ? {} : { adminKey: options.adminKey }),
      prepare: (data) => {
        if (!options.clocked) return;
        clock = new SteppedClock(path.join(path.dirname(data), "clock"));
        enter.push("env", ...Object.entries(clock.environment).map(([variable, value]) => `${variable}=${value}`));
      },
    });
    return new Replica(options, place, evergrant, clock, forwarder);
  }

  /** Asks with a limit: throws when the answer does not come in time, or not at all. */
  ask(method: string, route: string, body?: unknown, limit = 10_000, key = this.evergrant.adminKey): Promise<Reply> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(key === "" ? {} : { authorization: `Bearer ${key}` }),
      ...(text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
    };
    return new Promise((resolve, reject) => {
      const asked = request(this.evergrant.url + route, { method, headers, agent: this.#agent, signal: AbortSignal.timeout(limit) }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const answer = Buffer.concat(chunks).toString();
          const isJson = response.headers["content-type"]?.includes("json") === true;
          resolve({ status: response.statusCode ?? 0, body: isJson ? JSON.parse(answer) : answer, location: response.headers.location });
        });
      });
      asked.on("error", reject);
      asked.end(text);
    });
  }

  read(tenant: string, provider: string, options: { minTtl?: number; limit?: number } = {}): Promise<Reply> {
    const query = options.minTtl === undefined ? "" : `?minTtl=${options.minTtl}`;
    return this.ask("GET", `/api/oauth/token/${tenant}/${provider}${query}`, undefined, options.limit);
  }

  async row(tenant: string, provider: string): Promise<{ status: string; error?: string } | undefined> {
    const status = await this.ask("GET", `/api/oauth/status/${tenant}?provider=${provider}`);
    return status.body.tokens?.[0];
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  pause(): void {
    process.kill(this.evergrant.pid, "SIGSTOP");
    this.#stopped = true;
  }

  resume(): void {
    this.#stopped = false;
    if (this.evergrant.running()) process.kill(this.evergrant.pid, "SIGCONT");
  }

  async kill(): Promise<Ending> {
    this.#agent.destroy();
    this.#agent = new Agent({ keepAlive: true, maxSockets: Infinity });
    const { pid } = this.evergrant;
    const ending = await this.evergrant.end("SIGKILL");
    if (this.clock) SteppedClock.sweep(pid);
    return ending;
  }

  run(environment: Record<string, string> = {}): Promise<void> {
    return this.evergrant.run(environment);
  }

  async remove(): Promise<void> {
    await this.kill();
    await this.evergrant.remove();
    await this.#forwarder?.end("SIGKILL");
  }
}
