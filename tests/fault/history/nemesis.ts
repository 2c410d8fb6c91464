// Harms a fleet at random, from a seed: each harm has a beginning and an end, and several may be under way at once. What it
// does is chosen by the seed alone; when exactly it happens is not.
import type { Fleet } from "../support/fleet.ts";
import { noClocks } from "../support/clock.ts";
import type { Replica } from "../support/replica.ts";
import type { Harm } from "./events.ts";
import type { Random } from "./random.ts";

/** One way to harm. While it is under way nothing else is done to its `locks`. */
interface Way {
  what: string;
  weight: number;
  parts: string[];
  locks: string[];
  /** Milliseconds at most. */
  longest: number;
  begin(): void | Promise<void>;
  end(): void | Promise<void>;
}

export class Nemesis {
  readonly harms: Harm[] = [];
  readonly failures: string[] = [];
  readonly #fleet: Fleet;
  readonly #random: Random;
  readonly #locked = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();

  constructor(fleet: Fleet, random: Random) {
    this.#fleet = fleet;
    this.#random = random;
  }

  /** Harms until `count` have begun, up to three at once, and heals everything. */
  async harm(count: number): Promise<void> {
    for (let begun = 0; begun < count; ) {
      const ways = this.#ways().filter((way) => !way.locks.some((lock) => this.#locked.has(lock)));
      if (this.#underWay.size < 3 && ways.length > 0) {
        ++begun;
        const one = this.#do(this.#pick(ways));
        this.#underWay.add(one);
        void one.finally(() => this.#underWay.delete(one));
      }
      await sleep(this.#random.below(500));
      if (this.#underWay.size >= 3) await Promise.race(this.#underWay);
    }
    await Promise.all(this.#underWay);
  }

  async #do(way: Way): Promise<void> {
    const lasting = 100 + this.#random.below(way.longest);
    const harm: Harm = { kind: "harm", what: way.what, parts: way.parts, begun: Date.now(), ended: Infinity };
    this.harms.push(harm);
    for (const lock of way.locks) this.#locked.add(lock);
    try {
      await way.begin();
      await sleep(lasting);
      await way.end();
    } catch (error) {
      this.failures.push(`${way.what} ${way.parts.join(" ")}: ${String(error)}`);
    } finally {
      for (const lock of way.locks) this.#locked.delete(lock);
      harm.ended = Date.now();
    }
  }

  #pick(ways: Way[]): Way {
    let left = this.#random.below(ways.reduce((sum, way) => sum + way.weight, 0));
    return ways.find((way) => (left -= way.weight) < 0) ?? ways[0]!;
  }

  #ways(): Way[] {
    return [...this.#fleet.replicas.flatMap((one) => this.#toReplica(one)), ...this.#toDatabase(), ...this.#toPgbouncer(), ...this.#toRedis(), ...this.#toProvider(), ...this.#partitions()];
  }

  #toReplica(replica: Replica): Way[] {
    const { name, clock } = replica;
    const ways: Way[] = [
      { what: "stop", weight: 4, parts: [name], locks: [name], longest: 9000, begin: () => replica.pause(), end: () => replica.resume() },
      { what: "kill", weight: 4, parts: [name], locks: [name], longest: 1000, begin: async () => void (await replica.kill()), end: () => this.#runAgain(replica) },
    ];
    if (clock && noClocks === "")
      for (const seconds of [300, -300])
        ways.push({ what: "clock", weight: 3, parts: [name], locks: [`clock of ${name}`], longest: 6000, begin: () => clock.step(seconds), end: () => clock.step(0) });
    return ways;
  }

  /** A replica that cannot start while its database is away is started again until it can, as any supervisor does. */
  async #runAgain(replica: Replica): Promise<void> {
    for (const end = Date.now() + 60_000; ; )
      try {
        return await replica.run();
      } catch (error) {
        if (Date.now() > end) throw error;
        await sleep(300);
      }
  }

  #toDatabase(): Way[] {
    const { pair } = this.#fleet;
    if (!pair) return [];
    const locks = ["database"];
    const { primary, standby } = pair;
    const [first, second] = [primary.place.name, standby.place.name];
    return [
      { what: "stop", weight: 4, parts: [first], locks, longest: 5000, begin: () => primary.pause(), end: () => primary.resume() },
      { what: "kill", weight: 4, parts: [first], locks, longest: 1000, begin: () => primary.end("SIGKILL"), end: () => primary.run() },
      { what: "stop", weight: 2, parts: [second], locks, longest: 4000, begin: () => standby.pause(), end: () => standby.resume() },
      { what: "kill", weight: 2, parts: [second], locks, longest: 1000, begin: () => standby.end("SIGKILL"), end: () => standby.run() },
      { what: "promote", weight: 2, parts: [first, second], locks, longest: 1000, begin: () => this.#promote(), end: () => pair.follow() },
    ];
  }

  async #promote(): Promise<void> {
    await this.#fleet.pair?.failOver();
    await this.#fleet.pgbouncer?.point(this.#fleet.postgres);
  }

  #toPgbouncer(): Way[] {
    const { pgbouncer } = this.#fleet;
    if (!pgbouncer) return [];
    const common = { parts: ["pgbouncer"], locks: ["pgbouncer", "database"] };
    return [
      { ...common, what: "stall", weight: 4, longest: 5000, begin: () => pgbouncer.hold(), end: () => pgbouncer.release() },
      { ...common, what: "stop", weight: 2, longest: 5000, begin: () => pgbouncer.pause(), end: () => pgbouncer.resume() },
      { ...common, what: "kill", weight: 2, longest: 1000, begin: () => pgbouncer.end("SIGKILL"), end: () => pgbouncer.run() },
    ];
  }

  #toRedis(): Way[] {
    const { redis } = this.#fleet;
    if (!redis) return [];
    const common = { parts: ["redis"], locks: ["redis"] };
    return [
      { ...common, what: "stop", weight: 3, longest: 5000, begin: () => redis.pause(), end: () => redis.resume() },
      { ...common, what: "kill", weight: 3, longest: 2000, begin: () => redis.end(), end: () => redis.run() },
      { ...common, what: "turn back", weight: 2, longest: 5000, begin: () => redis.keep(), end: async () => void (await redis.end(), await redis.run()) },
      { ...common, what: "fill", weight: 2, longest: 4000, begin: () => redis.fill(true), end: () => redis.fill(false) },
    ];
  }

  #toProvider(): Way[] {
    const { ledger } = this.#fleet;
    return [{ what: "stop", weight: 3, parts: ["provider"], locks: ["provider"], longest: 4000, begin: () => ledger.pause(), end: () => ledger.resume() }];
  }

  /** Of a replica from what it stands on, in both directions or in one. */
  #partitions(): Way[] {
    const { network, replicas, pair, pgbouncer, redis } = this.#fleet;
    if (!network.separated) return [];
    const others = ["provider", ...(pair ? [pair.primary.place.name] : []), ...(pgbouncer ? ["pgbouncer"] : []), ...(redis ? ["redis"] : [])];
    const pairs = replicas.flatMap((replica) => others.map((other) => [replica.name, other] as const));
    const ways = pairs.flatMap(([a, b]) => [
      this.#partition(1, a, b, () => network.cut(a, b)),
      this.#partition(0.5, a, b, () => network.cutOneWay(b, a)),
    ]);
    if (pair) ways.push(this.#partition(2, pair.primary.place.name, pair.standby.place.name, () => network.cut(pair.primary.place.name, pair.standby.place.name)));
    return ways;
  }

  #partition(weight: number, a: string, b: string, begin: () => void): Way {
    const database = b.startsWith("postgres") ? ["database"] : [];
    return { what: "cut", weight, parts: [a, b], locks: [`${a} ${b}`, ...database], longest: 6000, begin, end: () => this.#fleet.network.heal(a, b) };
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
