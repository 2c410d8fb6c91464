// Many callers at three replicas, expired tokens, a provider that takes its time and ends a grant whose refresh token comes
// twice: each refresh token is presented once, and all callers are answered. Long form: 10,000 callers and 20 seconds.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Fleet } from "./support/fleet.ts";
import { noPostgres } from "./support/postgres.ts";

const long = process.env["FAULT_FORM"] === "long";
const callers = long ? 10_000 : 1500;
const delay = long ? 20_000 : 3000;
const provider = "strict";
const tenants = ["north", "east", "south", "west", "centre"];

describe(`${callers} callers at three replicas, while the provider takes ${delay / 1000} s`, { skip: noPostgres }, () => {
  let fleet: Fleet;
  before(async () => {
    fleet = await Fleet.start({
      rotations: { [provider]: { policy: "strictly" } },
      treatment: { expiresIn: 2 },
      pooled: ["b"],
      redis: true,
      environment: { EVERGRANT_REFRESH_AHEAD: "false", EVERGRANT_REFRESH_PROVIDER_TIMEOUT_SECONDS: "30", EVERGRANT_LIMITS_REQUESTS_IN_FLIGHT: "20000" },
    });
    await fleet.connect(provider, tenants);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await fleet.ledger.treat({ delay, expiresIn: 3600 });
  });
  after(() => fleet?.remove());

  it("get one token a connection, for which its refresh token was presented once", async () => {
    const begun = Date.now();

    const answers = await Promise.all(Array.from({ length: callers }, async (_, index) => {
      const tenant = tenants[Math.floor(index / fleet.replicas.length) % tenants.length] ?? "";
      const { status, body } = await fleet.replica(index % fleet.replicas.length).read(tenant, provider, { limit: delay + 60_000 });
      return { tenant, status, token: body.accessToken, body };
    }));

    await fleet.ledger.catchUp();
    console.log(`fleet once: ${callers} callers, ${fleet.ledger.presentations.length} presentations, ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    const failed = answers.filter((one) => one.status !== 200);
    assert.equal(failed.length, 0, JSON.stringify(failed.slice(0, 3)));
    for (const tenant of tenants) {
      const presented = fleet.ledger.presentations.filter((one) => one.grant === tenant);
      assert.deepEqual(presented.map((one) => one.outcome), ["granted"], tenant);
      assert.deepEqual([...new Set(answers.filter((one) => one.tenant === tenant).map((one) => one.token))], [fleet.ledger.accessToken(tenant)]);
    }
  });
});
