// Redis is killed, hung, full, or back with what it knew long ago: that costs time, and changes no answer.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { connectByCallback } from "../functional/support/ledger_scene.ts";
import { until } from "../functional/support/until.ts";
import { Fleet } from "./support/fleet.ts";
import { noPostgres } from "./support/postgres.ts";
import type { RedisServer } from "./support/redis.ts";

const tenant = "acme";
const provider = "ledger";
const trustSeconds = 2;

interface Trouble {
  name: string;
  begin(redis: RedisServer): void | Promise<void>;
  end(redis: RedisServer): void | Promise<void>;
}

const troubles: Trouble[] = [
  { name: "killed", begin: (redis) => redis.end(), end: (redis) => redis.run() },
  { name: "hung", begin: (redis) => redis.pause(), end: (redis) => redis.resume() },
  { name: "full", begin: (redis) => redis.fill(true), end: (redis) => redis.fill(false) },
];

describe("a fleet whose Redis is", { skip: noPostgres }, () => {
  let fleet: Fleet;
  let redis: RedisServer;
  let asked = 86_400;
  before(async () => {
    const environment = { EVERGRANT_REFRESH_AHEAD: "false", EVERGRANT_FLEET_TRUST_SECONDS: String(trustSeconds), EVERGRANT_FLEET_TRUST_WITH_NEWS_SECONDS: String(trustSeconds) };
    fleet = await Fleet.start({ rotations: { [provider]: { policy: "strictly" } }, replicas: ["a", "b"], redis: true, environment });
    assert.ok(fleet.redis);
    redis = fleet.redis;
    await fleet.connect(provider, [tenant]);
  });
  after(() => fleet?.remove());
  beforeEach(async () => void (await connectByCallback(fleet.replica(0).evergrant, provider, tenant)));

  async function allServeTheNewest(): Promise<void> {
    await until("the newest token everywhere", async () => {
      const answers = await Promise.all(fleet.replicas.map((one) => one.read(tenant, provider)));
      for (const answer of answers) assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return answers.every((one) => one.body.accessToken === fleet.ledger.accessToken(tenant));
    });
  }

  async function refreshAtEach(): Promise<void> {
    for (const replica of fleet.replicas) {
      const answer = await replica.read(tenant, provider, { minTtl: ++asked });
      await fleet.ledger.catchUp();
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      assert.equal(answer.body.accessToken, fleet.ledger.accessToken(tenant));
    }
    await allServeTheNewest();
  }

  for (const { name, begin, end } of troubles)
    it(`${name} answers as ever`, async () => {
      await begin(redis);

      await refreshAtEach();
      assert.equal((await fleet.replica(0).ask("GET", "/readyz", undefined, 10_000, "")).status, 200);

      await end(redis);
      await refreshAtEach();
      const tokens = fleet.ledger.presentations.map((one) => one.refreshToken);
      assert.equal(new Set(tokens).size, tokens.length, "each refresh token once");
    });

  it("back with what it knew long ago serves no revoked token, not even at a replica that has just started", async () => {
    await allServeTheNewest();
    await redis.keep();
    const revoked = await fleet.replica(0).ask("POST", "/api/oauth/revoke", { clientId: tenant, provider });
    assert.equal(revoked.status, 200);
    await new Promise((resolve) => setTimeout(resolve, trustSeconds * 1000 + 500));

    await redis.end();
    await redis.run();
    await fleet.replica(1).kill();
    await fleet.replica(1).run();

    for (const replica of fleet.replicas) assert.equal((await replica.read(tenant, provider)).status, 404, replica.name);
  });
});
