// A fleet: replicas of one store, with what they stand on, each part at a place of its own.
import { randomBytes } from "node:crypto";
import { connectByCallback, introduce } from "../../functional/support/ledger_scene.ts";
import type { Rotation } from "../../functional/support/ledger_provider.ts";
import { Ledger, type Treatment } from "./ledger.ts";
import { Network } from "./network.ts";
import { Pgbouncer } from "./pgbouncer.ts";
import { PostgresServer } from "./postgres.ts";
import { PostgresPair } from "./postgres_pair.ts";
import { RedisServer } from "./redis.ts";
import { Replica } from "./replica.ts";

export interface FleetOptions {
  rotations: Record<string, Rotation>;
  treatment?: Treatment;
  /** Names of replicas; three without it. */
  replicas?: string[];
  /** Those of them that reach the database through pgbouncer. */
  pooled?: string[];
  /** A standby besides the database. */
  pair?: boolean;
  redis?: boolean;
  clocked?: boolean;
  environment?: Record<string, string>;
}

export class Fleet {
  readonly network: Network;
  readonly ledger: Ledger;
  readonly replicas: Replica[] = [];
  readonly #parts: { remove(): void | Promise<void> }[] = [];
  pair: PostgresPair | undefined;
  pgbouncer: Pgbouncer | undefined;
  redis: RedisServer | undefined;
  #server: PostgresServer | undefined;

  private constructor(network: Network, ledger: Ledger) {
    this.network = network;
    this.ledger = ledger;
    this.#parts.push(network, { remove: () => ledger.end() });
  }

  static async start(options: FleetOptions): Promise<Fleet> {
    const network = new Network();
    const fleet = new Fleet(network, await Ledger.start(network, options.rotations));
    try {
      await fleet.#build(options);
    } catch (error) {
      await fleet.remove();
      throw error;
    }
    return fleet;
  }

  /** The database that takes writes. */
  get postgres(): PostgresServer {
    const server = this.pair?.primary ?? this.#server;
    if (server === undefined) throw new Error("no database");
    return server;
  }

  replica(index: number): Replica {
    const replica = this.replicas[index];
    if (replica === undefined) throw new Error(`no replica ${index}`);
    return replica;
  }

  /** Makes the tenants and gives each a grant at `provider`. */
  async connect(provider: string, tenants: string[]): Promise<void> {
    const { evergrant } = this.replica(0);
    await introduce(evergrant, provider, tenants);
    for (const tenant of tenants) await connectByCallback(evergrant, provider, tenant);
  }

  async remove(): Promise<void> {
    for (const part of this.#parts.reverse()) await part.remove();
  }

  async #build(options: FleetOptions): Promise<void> {
    await this.ledger.treat(options.treatment ?? {});
    await this.#buildStore(options);
    const shared = { ENCRYPTION_KEY: randomBytes(32).toString("hex"), ...this.#redisUrl(), ...options.environment };
    let adminKey: string | undefined;
    for (const name of options.replicas ?? ["a", "b", "c"]) {
      const environment = { ...shared, ...this.#databaseUrls(options.pooled?.includes(name) ?? false) };
      const replica = await Replica.start({
        network: this.network,
        ledger: this.ledger,
        name,
        environment,
        clocked: options.clocked ?? false,
        ...(adminKey === undefined ? {} : { adminKey }),
      });
      adminKey = replica.evergrant.adminKey;
      this.replicas.push(replica);
      this.#parts.push(replica);
    }
  }

  async #buildStore(options: FleetOptions): Promise<void> {
    if (options.pair) {
      this.#parts.push((this.pair = await PostgresPair.start(this.network)));
    } else {
      const place = this.network.place("postgres1");
      this.#parts.push((this.#server = new PostgresServer(place, await this.network.freePort(place))));
      await this.#server.create();
    }
    if ((options.pooled ?? []).length > 0) {
      const place = this.network.place("pgbouncer");
      this.#parts.push((this.pgbouncer = await Pgbouncer.start(place, await this.network.freePort(place), this.postgres)));
    }
    if (options.redis) {
      const place = this.network.place("redis");
      this.#parts.push((this.redis = await RedisServer.start(place, await this.network.freePort(place))));
    }
  }

  #databaseUrls(pooled: boolean): Record<string, string> {
    const direct = this.pair?.url ?? this.postgres.url;
    if (!pooled || !this.pgbouncer) return { DATABASE_URL: direct };
    return { DATABASE_URL: this.pgbouncer.url, EVERGRANT_DATABASE_LISTEN_URL: direct };
  }

  #redisUrl(): Record<string, string> {
    return this.redis ? { REDIS_URL: this.redis.url } : {};
  }
}
