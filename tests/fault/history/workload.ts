// What goes on while a fleet is harmed: readers ask all replicas for short-lived tokens, which keeps refreshes coming, and now
// and then a grant is revoked or obtained anew. Everything is noted for the judge.
import type { Fleet } from "../support/fleet.ts";
import type { Replica } from "../support/replica.ts";
import type { HistoryEvent } from "./events.ts";
import type { Random } from "./random.ts";

export interface Tenant {
  id: string;
  provider: string;
}

/** The share of reads that ask for more life than ever before, and so for a refresh: not all wait for an expiry, which a
 * replica with a wrong clock may have put far off. */
const forced = 0.1;

/** After an authorization whose end is not known, the tenant is left alone for as long as it might still be under way. */
const settling = 20_000;

export class Workload {
  readonly events: HistoryEvent[] = [];
  readonly #fleet: Fleet;
  readonly #tenants: Tenant[];
  readonly #random: Random;
  readonly #resting = new Map<string, number>();
  /** Revoked, or perhaps revoked, and not obtained anew since. */
  readonly #revoked = new Set<string>();
  #over = false;
  #asked = 86_400;
  #renewalStory = "";
  #workers: Promise<void>[] = [];

  constructor(fleet: Fleet, tenants: Tenant[], random: Random) {
    this.#fleet = fleet;
    this.#tenants = tenants;
    this.#random = random;
  }

  /** `readers` at each replica, each asking `pause` milliseconds after its last answer. */
  begin(readers: number, pause: number): void {
    for (const replica of this.#fleet.replicas)
      for (let i = 0; i < readers; ++i) this.#workers.push(this.#readOn(replica, pause));
    this.#workers.push(this.#renewGrants());
  }

  async end(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#workers);
  }

  async #readOn(replica: Replica, pause: number): Promise<void> {
    while (!this.#over) {
      const forcing = this.#random.below(1) < forced ? { minTtl: ++this.#asked } : {};
      await this.read(replica, this.#random.of(this.#tenants), forcing);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** One read, noted. A reader has little patience: it finds out what other readers see. */
  async read(replica: Replica, tenant: Tenant, options: { minTtl?: number; limit?: number } = {}): Promise<number> {
    const begun = Date.now();
    const common = { kind: "read", replica: replica.name, tenant: tenant.id, begun } as const;
    try {
      const { status, body } = await replica.read(tenant.id, tenant.provider, { limit: 4000, ...options });
      this.events.push({ ...common, ended: Date.now(), status, ...(status === 200 ? { token: body.accessToken } : { error: body.error }) });
      return status;
    } catch {
      this.events.push({ ...common, ended: Date.now(), status: 0 });
      return 0;
    }
  }

  async #renewGrants(): Promise<void> {
    while (!this.#over) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      const tenant = this.#random.of(this.#tenants);
      if ((this.#resting.get(tenant.id) ?? 0) > Date.now()) continue;
      await this.renew(this.#random.of(this.#fleet.replicas), tenant, this.#random.below(3) < 1);
    }
  }

  /** Obtains the grant anew by way of `replica`, having revoked it before if so asked. Whether that is known to be done. */
  async renew(replica: Replica, tenant: Tenant, revoking: boolean): Promise<boolean> {
    try {
      if (revoking) await this.#revoke(replica, tenant);
      const begun = Date.now();
      const started = await replica.ask("GET", `/api/oauth/authorize/${tenant.id}?provider=${tenant.provider}`);
      this.#renewalStory = `authorize answers ${started.status}: ${JSON.stringify(started.body)}`;
      if (started.status !== 200) return false;
      const state = encodeURIComponent(started.body.state);
      this.#resting.set(tenant.id, begun + settling);
      const done = await replica.ask("GET", `/api/oauth/callback?code=${tenant.id}&state=${state}`, undefined, 10_000, "");
      this.#renewalStory = `callback answers ${done.status}: ${done.location ?? JSON.stringify(done.body)}`;
      const connected = done.location?.includes("oauth=success") ?? false;
      if (!connected) return false;
      this.#resting.delete(tenant.id);
      this.#revoked.delete(tenant.id);
      this.events.push({ kind: "withdrawal", replica: replica.name, tenant: tenant.id, begun, ended: Date.now() });
      return true;
    } catch (error) {
      this.#renewalStory = String(error);
      this.#resting.set(tenant.id, Date.now() + settling);
      return false;
    }
  }

  async #renewed(tenant: Tenant): Promise<void> {
    const end = Date.now() + 60_000;
    while (!(await this.renew(this.#fleet.replicas[0]!, tenant, false))) {
      if (Date.now() > end) throw new Error(`no new grant of ${tenant.id} within a minute: ${this.#renewalStory}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** What became of each grant, now that nothing is harmed any more: it must be possible to refresh it at every replica. */
  async settle(): Promise<void> {
    const patience = Date.now() + 60_000;
    for (const tenant of this.#tenants) {
      if (this.#revoked.has(tenant.id)) await this.#renewed(tenant);
      this.events.push({ kind: "verdict", tenant: tenant.id, ...(await this.#verdictOn(tenant, Math.max(patience, Date.now() + 3000))) });
    }
  }

  async #verdictOn(tenant: Tenant, end: number): Promise<{ alive: boolean; story: string }> {
    const { ledger, replicas } = this.#fleet;
    let story = "";
    while (Date.now() < end) {
      const replica = this.#random.of(replicas);
      const { status, body } = await replica.read(tenant.id, tenant.provider, { minTtl: ++this.#asked, limit: 30_000 });
      await ledger.catchUp();
      story = `${replica.name} answers ${status}: ${JSON.stringify(body)}`;
      if (status === 200 && body.degraded !== true && body.accessToken === ledger.accessToken(tenant.id)) return { alive: true, story };
      if (body.error === "reauthorization_required") return { alive: false, story };
      // A replica whose clock was wrong may still serve what it holds.
      if (body.degraded === true && (await replica.row(tenant.id, tenant.provider))?.status === "invalid") return { alive: false, story };
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return { alive: false, story };
  }

  async #revoke(replica: Replica, tenant: Tenant): Promise<void> {
    const begun = Date.now();
    this.#revoked.add(tenant.id);
    const revoked = await replica.ask("POST", "/api/oauth/revoke", { clientId: tenant.id, provider: tenant.provider });
    if (revoked.status === 200) this.events.push({ kind: "withdrawal", replica: replica.name, tenant: tenant.id, begun, ended: Date.now() });
  }
}
