// The database goes away under a fleet that works: what is cached is served, what comes meanwhile is rescued, readiness says
// what is wrong, and all is well again without anyone's hand, nor a rush.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { until } from "../functional/support/until.ts";
import { Fleet } from "./support/fleet.ts";
import { noPostgres } from "./support/postgres.ts";

const provider = "ledger";
const tenants = Array.from({ length: 20 }, (_, index) => `tenant${index}`);

interface Outage {
  name: string;
  begin(fleet: Fleet): void | Promise<void>;
  end(fleet: Fleet): void | Promise<void>;
}

const outages: Outage[] = [
  { name: "hangs", begin: (fleet) => fleet.postgres.pause(), end: (fleet) => fleet.postgres.resume() },
  { name: "is killed", begin: (fleet) => fleet.postgres.end("SIGKILL"), end: (fleet) => fleet.postgres.run() },
  { name: "is held up by pgbouncer", begin: (fleet) => fleet.pgbouncer?.hold(), end: (fleet) => fleet.pgbouncer?.release() },
];

describe("a fleet whose database", { skip: noPostgres }, () => {
  let fleet: Fleet;
  let asked = 86_400;
  before(async () => {
    fleet = await Fleet.start({
      rotations: { [provider]: { policy: "strictly" } },
      replicas: ["a", "b"],
      pooled: ["a", "b"],
      environment: { EVERGRANT_REFRESH_AHEAD: "false", EVERGRANT_DATABASE_TIMEOUT_SECONDS: "2", EVERGRANT_FLEET_TRUST_SECONDS: "1", EVERGRANT_FLEET_TRUST_WITH_NEWS_SECONDS: "1" },
    });
    await fleet.connect(provider, tenants);
  });
  after(() => fleet?.remove());

  const readAll = () => Promise.all(fleet.replicas.flatMap((replica) => tenants.map((tenant) => replica.read(tenant, provider))));
  const readiness = async () => (await Promise.all(fleet.replicas.map((replica) => replica.ask("GET", "/readyz", undefined, 10_000, "").catch(() => undefined))));

  /** What replicas have asked the database, by their own counts: its own lag behind by what came just before. */
  async function calls(): Promise<number> {
    const texts = await Promise.all(fleet.replicas.map(async (one) => String((await one.ask("GET", "/metrics")).body)));
    const counts = texts.flatMap((text) => [...text.matchAll(/^evergrant_store_call_duration_seconds_count\{.*\} (\d+)$/gm)].map((found) => Number(found[1])));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  const clients = async () => Number(await fleet.postgres.sql("select count(*) from pg_stat_activity where backend_type = 'client backend'"));

  for (const outage of outages)
    it(`${outage.name} serves what is cached, loses nothing, says so and recovers`, async () => {
      const replica = fleet.replica(0);
      const tenant = tenants[0] ?? "";
      await until("all cached", async () => (await readAll()).every((one) => one.status === 200));
      const seen = fleet.ledger.presentations.length;
      await fleet.ledger.treat({ delay: 1500 });

      const refreshed = replica.read(tenant, provider, { minTtl: ++asked, limit: 30_000 });
      await until("the refresh token presented", () => fleet.ledger.presentations.length > seen);
      await outage.begin(fleet);
      const answer = await refreshed;
      await fleet.ledger.catchUp();

      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      assert.equal(answer.body.accessToken, fleet.ledger.accessToken(tenant));
      assert.match(replica.evergrant.log, /"token_set_rescued"/);
      await until("readiness to say so", async () => (await readiness()).every((one) => one?.status === 503));
      const cached = await readAll();
      assert.deepEqual(cached.filter((one) => one.status !== 200).map((one) => one.body), [], "what is cached is served");

      await outage.end(fleet);
      await until("readiness", async () => (await readiness()).every((one) => one?.status === 200), 30_000);
      const before = await calls();
      let polls = 0;
      await until("the rescued token everywhere", async () => {
        polls++;
        const answers = await Promise.all(fleet.replicas.map((one) => one.read(tenant, provider)));
        return answers.every((one) => one.body.accessToken === fleet.ledger.accessToken(tenant));
      }, 30_000);
      await readAll();
      const askedSince = (await calls()) - before;
      const connected = await clients();
      console.log(`database ${outage.name}: ${askedSince} calls and ${connected} clients after it is back`);
      // Each replica looks at each connection a few times at most, besides the reads by which this test waits, over the
      // connections that pgbouncer has.
      const most = (5 * tenants.length + polls) * fleet.replicas.length;
      assert.ok(askedSince > 0 && askedSince < most, `${askedSince} calls, ${polls} polls`);
      assert.ok(connected <= 25, `${connected} clients`);

      await fleet.ledger.treat({});
      const again = await fleet.replica(1).read(tenant, provider, { minTtl: ++asked, limit: 30_000 });
      await fleet.ledger.catchUp();
      assert.equal(again.body.accessToken, fleet.ledger.accessToken(tenant), JSON.stringify(again.body));
      const presented = fleet.ledger.presentations.slice(seen);
      assert.deepEqual(presented.map((one) => one.outcome), ["granted", "granted"]);
      assert.equal(new Set(presented.map((one) => one.refreshToken)).size, 2);
    });
});
