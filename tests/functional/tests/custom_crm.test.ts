// The CRM routes over a CRM of one's own, as the built-in entry describes it: found, written without a duplicate, called, and
// nothing that a caller sends is more than a value.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { type Answer, Evergrant } from "../support/evergrant.ts";
import { CustomCrm, crmClient } from "../support/custom_crm.ts";

const base = "/api/crm/acme/custom_crm";

describe("a CRM of a tenant's own", () => {
  let crm: CustomCrm;
  let evergrant: Evergrant;
  before(async () => {
    crm = await CustomCrm.start();
    evergrant = await Evergrant.start({ environment: { EVERGRANT_REFRESH_AHEAD: "false" } });
    await evergrant.post("/api/tenants", { id: "acme", name: "Acme", settings: { region: "DE" } });
    await evergrant.call("PUT", "/api/credentials/custom_crm", { ...crmClient, params: { token_url: `${crm.url}/token`, base_url: `${crm.url}/api` } });
    const got = await evergrant.post("/api/oauth/client-credentials", { provider: "custom_crm", tenantId: "acme", integrationId: "custom_crm" });
    assert.equal(got.status, 200, JSON.stringify(got.body));
  });
  beforeEach(() => {
    for (const list of [crm.customers, crm.calls, crm.requests, crm.wrong]) list.length = 0;
  });
  after(async () => {
    await evergrant?.remove();
    await crm?.stop();
  });
  const find = (query: string): Promise<Answer> => evergrant.get(`${base}/customers?${query}`);

  it("finds a customer by a number as people write it", async () => {
    crm.customers.push({ id: "7", firstName: "Ada", lastName: "Lovelace", phone: "+4930123456" });

    const answer = await find(`phone=${encodeURIComponent("030 123456")}`);

    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.deepEqual([answer.body.customers[0].id, answer.body.customers[0].name], ["7", "Ada Lovelace"]);
    assert.deepEqual([crm.wrong, crm.requests], [[], ["GET /api/customers?phone=%2B4930123456"]]);
  });

  it("pages through what words find", async () => {
    for (let i = 1; i <= 5; ++i) crm.customers.push({ id: String(i), lastName: `Berg ${i}` });

    const first = await find("q=berg&limit=3");
    const second = await find(`q=berg&limit=3&cursor=${encodeURIComponent(first.body.nextCursor)}`);

    assert.deepEqual([first.body.customers.length, second.body.customers.length, second.body.nextCursor ?? null], [3, 2, null]);
    assert.deepEqual(crm.wrong, []);
  });

  it("is written by many at once without a duplicate", async () => {
    const body = { lastName: "Berg", phones: [{ number: "+4930777777" }] };

    const answers = await Promise.all(Array.from({ length: 20 }, () => evergrant.post(`${base}/customers`, body)));

    assert.deepEqual([...new Set(answers.map((one) => Math.floor(one.status / 100)))], [2], JSON.stringify(answers[0]?.body));
    assert.deepEqual([crm.customers.length, crm.wrong], [1, []]);
  });

  it("notes a call, and tells it with the customer", async () => {
    crm.customers.push({ id: "7", lastName: "Lovelace" });

    const logged = await evergrant.post(`${base}/calls`, {
      customerId: "7", direction: "inbound", outcome: "answered", at: "2026-03-03T09:00:00Z", durationSeconds: 61, agent: "Bo", notes: "Called.",
    });
    const customer = await evergrant.get(`${base}/customers/7`);

    assert.equal(Math.floor(logged.status / 100), 2, JSON.stringify(logged.body));
    assert.deepEqual([crm.calls[0]?.["durationSeconds"], crm.calls[0]?.["agent"]], [61, "Bo"]);
    assert.equal(customer.body.customer?.interactions?.[0]?.outcome ?? JSON.stringify(customer.body), "answered");
    assert.deepEqual(crm.wrong, []);
  });

  it("gets a new token when the CRM has forgotten the one before", async () => {
    crm.forgetTokens();

    assert.equal((await find("email=a@example.com")).status, 200);
  });

  it("lets no value be more than a value", async () => {
    for (const value of ["../../token", "a?b=c#d", "a&limit=9", "${params.base_url}", "{cursor}", "' OR 1=1 --", "%2e%2e%2f", "\"}],"]) {
      const word = encodeURIComponent(value);
      await find(`q=${word}&limit=5&cursor=${word}`);
      await evergrant.get(`${base}/customers/${word}`);
      await evergrant.call("PATCH", `${base}/customers/${word}`, { lastName: value });
      await evergrant.post(`${base}/calls`, { customerId: value, direction: "inbound", outcome: "answered", at: "2026-03-03T09:00:00Z", notes: value });
      for (const hostile of [".", "..", "a\r\nX: y"])
        assert.equal(Math.floor((await evergrant.get(`${base}/customers/${encodeURIComponent(hostile).replaceAll(".", "%2E")}`)).status / 100), 4);
    }
    const depths = new Set(crm.requests.map((line) => new URL(line.split(" ")[1] ?? "", crm.url).pathname.split("/").length));
    assert.deepEqual([crm.wrong, crm.customers, crm.calls, [...depths].sort()], [[], [], [], [3, 4, 5]]);
  });
});
