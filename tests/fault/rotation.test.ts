// kill -9 in the middle of replacing the master key: the next run goes on with what is left, whether it is asked to or not;
// at the end everything opens with the new key alone and nothing stands under the old one.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { Evergrant } from "../functional/support/evergrant.ts";
import { until } from "../functional/support/until.ts";

const long = process.env["FAULT_FORM"] === "long";
const tenants = Number(process.env["ROTATION_TENANTS"] ?? (long ? 100_000 : 2_000));
const kills = Number(process.env["ROTATION_KILLS"] ?? (long ? 20 : 3));
const partSize = 200;
const atOnce = 100;

async function inParts(count: number, work: (index: number) => Promise<void>): Promise<void> {
  for (let from = 0; from < count; from += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, count - from) }, (_, index) => work(from + index)));
}

describe(`a rotation of ${tenants} data keys, killed ${kills} times`, () => {
  let evergrant: Evergrant;
  const newKey = randomBytes(32).toString("hex");
  before(async () => {
    evergrant = await Evergrant.start({ environment: { EVERGRANT_LIMITS_KEY_REQUESTS_PER_SECOND: "0" } });
    await inParts(tenants, async (index) => {
      await evergrant.post("/api/tenants", { id: `tenant-${index}`, name: "one of many" });
      const saved = await evergrant.call("PUT", `/api/tenants/tenant-${index}/credentials/zoho_crm`, { clientId: `client-${index}`, clientSecret: `secret-${index}` });
      assert.equal(saved.status, 200);
    });
  });
  after(() => evergrant.remove());

  const remaining = async (): Promise<number> => (await evergrant.get("/api/keys/master")).body.remaining;

  it("goes on after each with what is left", async () => {
    await evergrant.end();
    evergrant.environment["ENCRYPTION_KEY"] = `${newKey},${evergrant.environment["ENCRYPTION_KEY"]}`;
    let left = Number.POSITIVE_INFINITY;
    for (let kill = 0; kill < kills; ++kill) {
      const parts = 2 + Math.floor(Math.random() * Math.max(1, Math.floor(tenants / partSize / (kills + 1)) - 1));
      await evergrant.run({ EVERGRANT_CRASH_AT: `after_part_sealed_anew:${parts}` });
      await evergrant.post("/api/keys/master/rotate", {}).catch(() => undefined);
      assert.equal((await evergrant.ended()).signal, "SIGKILL");
      await evergrant.run();
      const now = await remaining();
      assert.ok(now < left && now > 0, `${now} left after ${left}`);
      left = now;
      await evergrant.end();
    }
  });

  it("is brought to its end by the next server, unasked", async () => {
    await evergrant.run();

    await until("nothing is left", async () => (await remaining()) === 0, 600_000);
  });

  it("leaves nothing under the old key", async () => {
    const told = (await evergrant.get("/api/keys/master")).body;

    assert.deepEqual(told.keys.map((key: { id: string }) => key.id), [told.first]);
    assert.equal(told.keys[0].dataKeys, tenants + 1);
    assert.deepEqual(told.mayBeTakenOut, [told.ring[1]]);
  });

  it("leaves every value to be opened with the new key alone", async () => {
    await evergrant.end();
    evergrant.environment["ENCRYPTION_KEY"] = newKey;
    await evergrant.run();

    await inParts(tenants, async (index) => {
      const found = await evergrant.get(`/api/tenants/tenant-${index}/credentials/zoho_crm`);
      assert.equal(found.body.hasSecret, true, `tenant-${index}: ${JSON.stringify(found.body)}`);
    });
    assert.equal((await evergrant.get("/api/audit/verify")).body.ok, true);
  });
});
