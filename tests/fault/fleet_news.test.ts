// What one replica withdraws or replaces, the others learn: soon by news, and within a bound when no news arrive.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { connectByCallback } from "../functional/support/ledger_scene.ts";
import { until } from "../functional/support/until.ts";
import { Fleet, type FleetOptions } from "./support/fleet.ts";
import { noPostgres } from "./support/postgres.ts";

const tenant = "acme";
const provider = "ledger";
const promised = 2000;

/** What the bound is measured with besides: a read's way on a machine that is busy. */
const slack = 1500;

describe("what one replica knows", { skip: noPostgres }, () => {
  let fleet: Fleet;
  after(() => fleet?.remove());

  async function start(options: Partial<FleetOptions>, trust: number, trustWithNews: number): Promise<void> {
    await fleet?.remove();
    const environment = { EVERGRANT_REFRESH_AHEAD: "false", EVERGRANT_FLEET_TRUST_SECONDS: String(trust), EVERGRANT_FLEET_TRUST_WITH_NEWS_SECONDS: String(trustWithNews) };
    fleet = await Fleet.start({ rotations: { [provider]: { policy: "strictly" } }, environment, ...options });
    await fleet.connect(provider, [tenant]);
  }

  /** Every replica has answered with the newest token. */
  async function allKnow(limit: number): Promise<void> {
    await until("the newest token at all replicas", async () => {
      const answers = await Promise.all(fleet.replicas.map((one) => one.read(tenant, provider)));
      return answers.every((one) => one.body.accessToken === fleet.ledger.accessToken(tenant));
    }, limit);
  }

  async function revokeAtFirst(): Promise<void> {
    const revoked = await fleet.replica(0).ask("POST", "/api/oauth/revoke", { clientId: tenant, provider });
    assert.equal(revoked.status, 200, JSON.stringify(revoked.body));
  }

  /** How long after a revoke at the first replica the last of the others stops serving. */
  async function revokedWithin(limit: number): Promise<void> {
    await revokeAtFirst();
    await until("no replica serving", async () => {
      const answers = await Promise.all(fleet.replicas.map((one) => one.read(tenant, provider)));
      return answers.every((one) => one.status === 404);
    }, limit);
  }

  async function replacedWithin(limit: number): Promise<void> {
    await connectByCallback(fleet.replica(0).evergrant, provider, tenant);
    await allKnow(limit);
  }

  describe("through Redis", () => {
    before(() => start({ redis: true }, 5, 60));

    it("is known to all within two seconds: a new grant, and a revoked one", async () => {
      await allKnow(15_000);

      const took: number[] = [];
      for (let tries = 0; tries < 3; ++tries) {
        const begun = Date.now();
        await replacedWithin(60_000);
        await revokedWithin(60_000);
        await replacedWithin(60_000);
        took.push(Date.now() - begun);
        if (Date.now() - begun < promised) break;
      }

      console.log(`fleet news: three changes known to all after ${took.join(", ")} ms`);
      assert.ok(Math.min(...took) < promised, `${took.join(", ")} ms`);
    });

    it("is known to all within the bound when Redis is killed", async () => {
      await allKnow(15_000);
      await fleet.redis?.end();
      await allKnow(15_000);

      await replacedWithin(5000 + slack);
      await revokedWithin(5000 + slack);

      await fleet.redis?.run();
      await replacedWithin(15_000);
    });
  });

  describe("with a replica cut off from Redis", () => {
    before(() => start({ redis: true }, 2, 6));

    it("is known to it within the bound", async () => {
      await allKnow(15_000);

      fleet.network.cut("c", "redis");

      await replacedWithin(6000 + slack);
      await revokedWithin(6000 + slack);
      fleet.network.heal("c", "redis");
    });
  });

  describe("without Redis", () => {
    before(() => start({}, 3, 10));

    it("is known to all within the bound", async () => {
      await allKnow(15_000);

      await replacedWithin(10_000 + slack);
      await revokedWithin(10_000 + slack);
    });
  });
});
