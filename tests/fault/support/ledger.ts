// Providers in a process of their own, at a place of their own, whose ledger is the judge of a fleet.
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Beginning, catalogFile, type Presentation, type Rotation } from "../../functional/support/ledger_provider.ts";
import { until } from "../../functional/support/until.ts";
import type { Network } from "./network.ts";
import { type Place, Program } from "./program.ts";

const here = path.dirname(fileURLToPath(import.meta.url));

/** How all refreshes are treated from now on; shares are from 0 to 1. */
export interface Treatment {
  /** Milliseconds between the decision and the answer. */
  delay?: number;
  /** Answered by 503 before anything is decided. */
  failing?: number;
  /** Decided, and the answer lost; never by a provider that rotates strictly. */
  losing?: number;
  /** The life of access tokens, in seconds. */
  expiresIn?: number;
}

export interface ProviderSpec {
  id: string;
  port: number;
  rotation: Rotation;
}

export type Report =
  | { treated: true }
  | { number: number; provider: string; presentation: Presentation }
  | { number: number; provider: string; beginning: Beginning };

export type LedgerEntry = Presentation & { provider: string };

export class Ledger {
  readonly beginnings: (Beginning & { provider: string })[] = [];
  readonly place: Place;
  readonly #entries = new Map<number, LedgerEntry>();
  readonly #newest = new Map<string, { order: number; token: string }>();
  readonly #specs: ProviderSpec[];
  readonly #program: Program;
  readonly #network: Network;
  #answered = 0;
  #asked = 1;
  #treatment: Treatment = {};

  private constructor(network: Network, place: Place, specs: ProviderSpec[]) {
    this.place = place;
    this.#network = network;
    this.#specs = specs;
    const argv = [process.execPath, "--import", "tsx", path.join(here, "ledger_process.ts"), place.address, JSON.stringify(specs)];
    this.#program = new Program({ place, argv, talks: true, cwd: path.join(here, "../../functional") });
    createInterface({ input: this.#program.child.stdout! }).on("line", (line) => this.#hear(JSON.parse(line) as Report));
  }

  static async start(network: Network, rotations: Record<string, Rotation>): Promise<Ledger> {
    const place = network.place("provider");
    const specs: ProviderSpec[] = [];
    for (const [id, rotation] of Object.entries(rotations)) specs.push({ id, rotation, port: await network.freePort(place) });
    const ledger = new Ledger(network, place, specs);
    await ledger.#untilAnswered();
    return ledger;
  }

  get providers(): string[] {
    return this.#specs.map((spec) => spec.id);
  }

  rotationOf(provider: string): Rotation {
    const spec = this.#specs.find((one) => one.id === provider);
    if (spec === undefined) throw new Error(`no provider ${provider}`);
    return spec.rotation;
  }

  /** In the order of their beginning. */
  get presentations(): LedgerEntry[] {
    return [...this.#entries.values()];
  }

  /** The newest access token of a grant, as far as it is known here. */
  accessToken(grant: string): string {
    return this.#newest.get(grant)?.token ?? "";
  }

  /** Holds for every request that is decided after this has answered. */
  async treat(treatment: Treatment): Promise<void> {
    this.#treatment = treatment;
    ++this.#asked;
    this.#program.child.stdin?.write(`${JSON.stringify(treatment)}\n`);
    await this.#untilAnswered();
  }

  /** All that the providers have decided by now is known here when this has answered. */
  catchUp(): Promise<void> {
    return this.treat(this.#treatment);
  }

  /** The catalogue of a replica, whose name is noted at each of its presentations. */
  catalogFor(replica: string): Record<string, string> {
    return Object.fromEntries(this.#specs.map(({ id, port, rotation }) => [`${id}.yaml`, catalogFile(id, `http://127.0.0.1:${port}`, rotation, replica)]));
  }

  /** Makes the providers reachable from a place as if they were there; nothing to end if they are. */
  async reachFrom(place: Place): Promise<Program | undefined> {
    if (!this.#network.separated) return undefined;
    const argv = [process.execPath, path.join(here, "forwarder.mjs"), this.place.address, ...this.#specs.map((spec) => String(spec.port))];
    const forwarder = new Program({ place, argv });
    await until("the forwarder", () => forwarder.log.includes("forwarding"));
    return forwarder;
  }

  pause(): void {
    this.#program.pause();
  }

  resume(): void {
    this.#program.resume();
  }

  async end(): Promise<void> {
    await this.#program.end("SIGKILL");
  }

  #hear(report: Report): void {
    if ("treated" in report) {
      ++this.#answered;
    } else if ("beginning" in report) {
      const beginning = { ...report.beginning, provider: report.provider };
      this.beginnings.push(beginning);
      this.#issued(beginning.grant, beginning.issued, beginning.order);
    } else {
      const entry = { ...report.presentation, provider: report.provider };
      this.#entries.set(report.number, entry);
      if (entry.issued !== undefined) this.#issued(entry.grant, entry.issued, entry.order ?? 0);
    }
  }

  #issued(grant: string, token: string, order: number): void {
    if (order > (this.#newest.get(grant)?.order ?? 0)) this.#newest.set(grant, { order, token });
  }

  #untilAnswered(): Promise<void> {
    return until("the providers answering", () => {
      if (!this.#program.running()) throw new Error(`the providers ended: ${this.#program.log}`);
      return this.#answered >= this.#asked;
    }, 60_000);
  }
}
