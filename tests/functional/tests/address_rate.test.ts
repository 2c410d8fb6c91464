// Who shows no valid credentials may ask only so often from one address; with valid ones it is the key's rate that counts.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Evergrant } from "../support/evergrant.ts";

describe("who shows no valid credentials", () => {
  let evergrant: Evergrant;
  before(async () => {
    evergrant = await Evergrant.start({
      environment: { EVERGRANT_LIMITS_ADDRESS_REQUESTS_PER_SECOND: "4", EVERGRANT_TRUSTED_PROXIES: "127.0.0.1", EVERGRANT_THREADS: "1" },
    });
  });
  after(() => evergrant?.remove());

  const from = (address: string, path: string, key = "") => evergrant.get(path, key, { "x-forwarded-for": address });
  const many = (address: string, path: string, key?: string) => Promise.all(Array.from({ length: 40 }, () => from(address, path, key)));

  it("is told to come back later once its address has asked too often, and others are not", async () => {
    const answers = await many("192.0.2.1", "/api/oauth/callback?code=x&state=unknown");
    const refused = answers.find((one) => one.status === 429);

    assert.equal(refused?.body.error, "rate_limited");
    assert.ok(Number(refused?.headers.get("retry-after")) >= 1);
    assert.equal((await from("192.0.2.2", "/api/oauth/callback?code=x&state=unknown")).status, 400);
  });

  it("may guess keys no faster", async () => {
    const statuses = (await many("192.0.2.3", "/api/tenants", "eg_0000_wrong")).map((one) => one.status);

    assert.deepEqual(new Set(statuses), new Set([401, 429]));
  });

  it("keeps nobody with a valid key from asking, from the same address", async () => {
    await many("192.0.2.4", "/api/tenants", "eg_0000_wrong");

    assert.equal((await from("192.0.2.4", "/api/tenants", evergrant.adminKey)).status, 200);
  });
});
