// A primary and a standby that holds all that the primary has acknowledged, and the change of their roles.
import { until } from "../../functional/support/until.ts";
import type { Network } from "./network.ts";
import { databaseName, databaseUser, PostgresServer } from "./postgres.ts";

const slot = "standby";

export class PostgresPair {
  primary: PostgresServer;
  standby: PostgresServer;
  /** Whether the standby follows, and no commit is acknowledged that it has not. */
  followed = false;

  private constructor(primary: PostgresServer, standby: PostgresServer) {
    this.primary = primary;
    this.standby = standby;
  }

  static async start(network: Network): Promise<PostgresPair> {
    const [one, other] = [network.place("postgres1"), network.place("postgres2")];
    const pair = new PostgresPair(new PostgresServer(one, await network.freePort(one)), new PostgresServer(other, await network.freePort(other)));
    await pair.primary.create();
    await pair.follow();
    return pair;
  }

  /** Both, for a client that looks for the one that takes writes. */
  get url(): string {
    const hosts = [this.primary, this.standby].map((one) => `${one.place.address}:${one.port}`).sort().join(",");
    return `postgresql://${databaseUser}@${hosts}/${databaseName}?target_session_attrs=read-write`;
  }

  /** Makes the standby anew from the primary; from then on commits wait for it. */
  async follow(): Promise<void> {
    await this.standby.follow(this.primary, slot);
    await this.#await("*");
  }

  /** The standby is gone and does not come back at once: commits no longer wait for it. */
  async loseStandby(): Promise<void> {
    await this.standby.end("SIGKILL");
    await this.#await("");
  }

  /** The primary is gone for good: the standby takes its place with everything that was acknowledged. */
  async failOver(): Promise<void> {
    if (!this.followed) throw new Error("a standby that does not follow would lose what was acknowledged");
    await this.primary.end("SIGKILL");
    await this.standby.promote();
    [this.primary, this.standby] = [this.standby, this.primary];
    this.followed = false;
  }

  async remove(): Promise<void> {
    await this.standby.remove();
    await this.primary.remove();
  }

  async #await(names: "*" | ""): Promise<void> {
    const state = () => this.primary.sql("select coalesce(string_agg(sync_state, ','), '') from pg_stat_replication where state = 'streaming'");
    if (names !== "") await until("the standby following", async () => (await state()) !== "", 60_000);
    await this.primary.sql(`alter system set synchronous_standby_names = '${names}'`);
    await this.primary.sql("select pg_reload_conf()");
    if (names !== "") await until("commits waiting for the standby", async () => (await state()) === "sync", 60_000);
    this.followed = names !== "";
  }
}
