// The CRM routes over Salesforce: contacts and leads in one shape, calls as tasks, its errors as the contract's, and no text of a
// caller that becomes SOQL, SOSL, a path or a header.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Answer } from "../support/evergrant.ts";
import { hostileTexts } from "../support/hostile_texts.ts";
import { pagesOf } from "../support/pages.ts";
import { salesforceScene, type SalesforceScene } from "../support/salesforce_scene.ts";

const base = "/api/crm/acme/salesforce";

describe("a tenant's Salesforce", () => {
  let scene: SalesforceScene;
  before(async () => { scene = await salesforceScene(); });
  after(() => scene?.clear());
  beforeEach(() => scene.api.clear());

  const get = (path: string): Promise<Answer> => scene.evergrant.get(base + path, scene.key);
  const post = (path: string, body: object): Promise<Answer> => scene.evergrant.post(base + path, body, scene.key);
  const patch = (id: string, body: object): Promise<Answer> => scene.evergrant.call("PATCH", `${base}/customers/${id}`, body, scene.key);
  const find = (query: string): Promise<Answer> => get(`/customers?${query}`);
  const ids = (answer: Answer): string[] => answer.body.customers.map((one: { id: string }) => one.id);
  let number = 4155550200;
  const newPhone = (): string => `+1${++number}`;

  it("finds a number however it is written there, contacts before leads", async () => {
    const lead = scene.api.add("Lead", { LastName: "Dahl", Company: "x", MobilePhone: "+1 (415) 555-0100", IsConverted: false });
    const contact = scene.api.add("Contact", { LastName: "Berg", HomePhone: "415.555.0100" });
    scene.api.add("Lead", { LastName: "Gone", Company: "x", Phone: "4155550100", IsConverted: true });
    scene.api.add("Contact", { LastName: "Else", Phone: "+44 4155550100" });

    const found = await find("phone=%2B14155550100");

    assert.deepEqual(ids(found), [contact.Id, lead.Id]);
    assert.equal(found.body.crm, "salesforce");
    assert.deepEqual(scene.api.wrong, []);
  });

  it("finds what its index of searches does not know yet", async () => {
    const contact = scene.api.add("Contact", { LastName: "Berg", Phone: "(415) 555-0100" });
    scene.api.lags = true;

    assert.deepEqual(ids(await find("phone=%2B14155550100")), [contact.Id]);
    assert.deepEqual(scene.api.wrong, []);
  });

  it("creates, changes and shows a customer in one shape", async () => {
    const phone = newPhone();
    scene.api.add("Account", { Name: "O'Brien & Co" });
    const made = await post("/customers", { firstName: "Ada", lastName: "Byron", phone, kind: "contact", company: "O'Brien & Co",
      address: { city: "London" }, customFields: { Plan__c: "gold" } });
    assert.deepEqual([made.status, made.body.created], [201, true]);
    const again = await post("/customers", { lastName: "King", phone });
    assert.deepEqual([again.status, again.body.id], [200, made.body.id]);
    assert.equal((await patch(made.body.id, { title: "Countess", firstName: "" })).status, 200);

    const { customer } = (await get(`/customers/${made.body.id}`)).body;

    assert.deepEqual([customer.kind, customer.lastName, customer.title, customer.company, customer.address, customer.customFields],
      ["contact", "King", "Countess", "O'Brien & Co", { city: "London" }, { Plan__c: "gold" }]);
    assert.equal("firstName" in customer, false);
    assert.deepEqual(scene.api.wrong, []);
  });

  it("makes one lead of 50 who save one number at once, although its search lags", async () => {
    scene.api.lags = true;
    const phone = newPhone();

    const saves = await Promise.all(Array.from({ length: 50 }, (_, i) => post("/customers", { lastName: `Caller ${i}`, phone })));

    assert.equal(saves.filter((one) => one.body.created).length, 1);
    assert.equal(scene.api.rows["Lead"]?.length, 1);
    assert.equal(scene.api.rows["Lead"]?.[0]?.["Company"], "[not provided]");
    assert.deepEqual(scene.api.wrong, []);
  });

  it("logs calls with their follow-ups, and lists what happened page by page", async () => {
    const { Id: customerId } = scene.api.add("Contact", { LastName: "Berg" });
    for (let minute = 0; minute < 3; ++minute) {
      const logged = await post("/calls", { customerId, direction: "outbound", outcome: "no_answer", at: `2026-01-31T12:0${minute}:00Z`,
        durationSeconds: 61, agent: "Bo", notes: `call ${minute}`, ...(minute === 2 ? { followUp: { at: "2026-02-01T09:00:00Z" } } : {}) });
      assert.equal(logged.status, 201, JSON.stringify(logged.body));
    }
    scene.api.add("Note", { ParentId: customerId, Title: "A note", Body: "text" });

    const seen = await pagesOf(get, `/customers/${customerId}/interactions?limit=2`, "interactions");

    assert.deepEqual(seen.map((one) => one["kind"]), ["note", "task", "call", "call", "call"]);
    assert.deepEqual([seen[2]?.["direction"], seen[2]?.["outcome"], seen[2]?.["durationSeconds"]], ["outbound", "no_answer", 61]);
    assert.deepEqual(scene.api.wrong, []);
  });

  it("is searched page by page, each customer once, in answers that Salesforce cuts", async () => {
    for (let i = 0; i < 13; ++i) scene.api.add("Contact", { Name: `Berg ${i}` });
    for (let i = 0; i < 9; ++i) scene.api.add("Lead", { Name: `Berg ${i}`, IsConverted: false });
    scene.api.batch = 4;

    const seen = await pagesOf(get, "/customers?q=berg&limit=5", "customers");

    assert.equal(new Set(seen.map((one) => one["id"])).size, 22);
    assert.equal(seen.length, 22);
    assert.deepEqual(scene.api.wrong, []);
  });

  it("answers its troubles as the contract has them", async () => {
    const { Id: id } = scene.api.add("Lead", { LastName: "Berg", Company: "x" });
    const complaint = (errorCode: string, fields: string[] = []): object => [{ errorCode, message: "in its own words", fields }];
    const cases: [number, object | string, number, string][] = [
      [403, complaint("REQUEST_LIMIT_EXCEEDED"), 429, "rate_limited"],
      [400, complaint("DUPLICATES_DETECTED"), 409, "conflict"],
      [403, complaint("INSUFFICIENT_ACCESS_OR_READONLY"), 403, "forbidden"],
      [400, complaint("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Title"]), 400, "invalid_request"],
      [404, complaint("NOT_FOUND"), 404, "not_found"],
      [500, "<html>", 502, "provider_error"],
    ];
    for (const [status, body, expected, error] of cases) {
      scene.api.instead.push({ status, body });
      const answer = await patch(id, { title: "CEO" });
      assert.deepEqual([answer.status, answer.body.error], [expected, error], JSON.stringify(body));
      assert.doesNotMatch(JSON.stringify(answer.body), /in its own words/);
    }
  });

  it("is asked again with a new token when it ends the session, and when a record is locked", async () => {
    const { Id: id } = scene.api.add("Lead", { LastName: "Berg", Company: "x" });
    scene.api.instead.push({ status: 401, body: [{ errorCode: "INVALID_SESSION_ID", message: "Session expired or invalid" }] });
    scene.api.instead.push({ status: 400, body: [{ errorCode: "UNABLE_TO_LOCK_ROW", message: "", fields: [] }] });

    assert.equal((await patch(id, { title: "CEO" })).status, 200);
    assert.equal(scene.api.requests.length, 3);
  });

  it("receives no hostile value but inside the place that is its own", async () => {
    const victim = scene.api.add("Lead", { LastName: "Victim", Name: "Victim", Company: "x", Email: "v@example.com", Phone: "+14155559999", IsConverted: false });
    for (const value of hostileTexts) {
      const escaped = encodeURIComponent(value);
      for (const query of [`phone=${escaped}`, `email=${escaped}`, `q=${escaped}`]) {
        const answer = await find(query);
        assert.ok(answer.status === 400 || answer.body.customers.length === 0, `${query} ${JSON.stringify(answer.body)}`);
      }
      for (const answer of [
        await find(`q=x&cursor=${escaped}`), await get(`/customers/${escaped}`), await get(`/customers/${victim.Id}${escaped}`),
        await get(`/customers/${victim.Id}/interactions?cursor=${escaped}`), await patch(escaped, { title: "x" }),
        await post("/calls", { customerId: value, direction: "inbound", outcome: "busy" }),
        await post("/customers", { lastName: "x", phone: newPhone(), customFields: { [value]: "x" } }),
      ]) assert.ok(answer.status === 400 || answer.status === 404, `${value}: ${answer.status}`);
      assert.equal((await patch(victim.Id, { title: value })).status, 200);
      assert.equal(victim["Title"], value);
    }
    const paths = new Set(scene.api.requests.map((one) => one.target.replace(/\?.*/, "").replace("/services/data/v57.0/", "")));
    assert.deepEqual([...paths].sort(), ["query", "search", `sobjects/Lead/${victim.Id}`].sort());
    assert.deepEqual(scene.api.wrong, []);
  });
});
