// The CRM routes over HubSpot, with a key of the deployment's where the tenant has no connection: contacts in one shape, calls and
// tasks with their contact, its errors as the contract's, and no text of a caller that becomes a filter, a path, a header or HTML.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { type Answer, Evergrant } from "../support/evergrant.ts";
import { hostileTexts } from "../support/hostile_texts.ts";
import { HubspotApi } from "../support/hubspot_api.ts";
import { pagesOf } from "../support/pages.ts";

const base = "/api/crm/acme/hubspot";

describe("a tenant's HubSpot", () => {
  let api: HubspotApi;
  let evergrant: Evergrant;
  let key: string;
  before(async () => {
    api = await HubspotApi.start();
    evergrant = await Evergrant.start({ catalog: { "hubspot.yaml": api.catalogFile() }, environment: { HUBSPOT_DEVELOPER_API_KEY: "pat-na1-deployment" } });
    await evergrant.post("/api/tenants", { id: "acme", name: "Acme", settings: { region: "US" } });
    key = (await evergrant.post("/api/keys", { name: "application", role: "app", tenants: ["acme"] })).body.key;
  });
  after(async () => {
    await evergrant?.remove();
    await api?.stop();
  });
  beforeEach(() => api.clear());

  const get = (path: string): Promise<Answer> => evergrant.get(base + path, key);
  const post = (path: string, body: object): Promise<Answer> => evergrant.post(base + path, body, key);
  const patch = (id: string, body: object): Promise<Answer> => evergrant.call("PATCH", `${base}/customers/${id}`, body, key);
  const find = (query: string): Promise<Answer> => get(`/customers?${query}`);
  const ids = (answer: Answer): string[] => answer.body.customers.map((one: { id: string }) => one.id);
  let number = 4155550300;
  const newPhone = (): string => `+1${++number}`;

  it("finds a number however it is written there, and says which key stood in", async () => {
    const first = api.add("contacts", { lastname: "Berg", phone: "(415) 555-0100" });
    const second = api.add("contacts", { lastname: "Dahl", mobilephone: "+14155550100" });
    api.add("contacts", { lastname: "Else", phone: "+44 4155550100" });

    const found = await find("phone=415-555-0100");

    assert.deepEqual(ids(found), [first.id, second.id]);
    assert.deepEqual([found.body.crm, found.body.credential], ["hubspot", "HUBSPOT_DEVELOPER_API_KEY"]);
    assert.deepEqual(api.wrong, []);
  });

  it("creates, changes and shows a customer in one shape", async () => {
    const phone = newPhone();
    const made = await post("/customers", { firstName: "Ada", lastName: "Byron", phone, email: "ada@example.com", company: "Engines",
      address: { city: "London" }, customFields: { plan: "gold" } });
    assert.deepEqual([made.status, made.body.created], [201, true]);
    assert.equal((await patch(made.body.id, { title: "Countess", firstName: "" })).status, 200);

    const { customer } = (await get(`/customers/${made.body.id}`)).body;

    assert.deepEqual([customer.kind, customer.name, customer.title, customer.company, customer.address, customer.customFields],
      ["contact", "Byron", "Countess", "Engines", { city: "London" }, { plan: "gold" }]);
    assert.deepEqual(api.wrong, []);
  });

  it("changes the contact that has the address already, although searching does not find it", async () => {
    const { id } = api.add("contacts", { lastname: "Berg", email: "grace@example.com" });
    api.instead.push({ status: 200, body: { total: 0, results: [] } }, { status: 200, body: { total: 0, results: [] } });

    const saved = await post("/customers", { lastName: "Byron", phone: newPhone(), email: "grace@example.com" });

    assert.equal(saved.body.id, id);
    assert.equal(api.objects["contacts"]?.length, 1);
  });

  it("logs calls with their follow-ups, and lists what happened page by page", async () => {
    const { id } = api.add("contacts", { lastname: "Berg" });
    for (let minute = 0; minute < 3; ++minute) {
      const logged = await post("/calls", { customerId: id, direction: "inbound", outcome: "voicemail", at: `2026-01-31T12:0${minute}:00Z`,
        durationSeconds: 61, agent: "Bo", notes: `<b>call ${minute}</b>`, ...(minute === 2 ? { followUp: { at: "2026-02-01T09:00:00Z" } } : {}) });
      assert.equal(logged.status, 201, JSON.stringify(logged.body));
    }
    api.add("notes", { hs_timestamp: "2026-01-31T13:00:00Z", hs_note_body: "<p>A note</p>" }, id);

    const seen = await pagesOf(get, `/customers/${id}/interactions?limit=2`, "interactions");

    assert.deepEqual(seen.map((one) => one["kind"]).sort(), ["call", "call", "call", "note", "task"]);
    const call = seen.find((one) => one["kind"] === "call");
    assert.deepEqual([call?.["direction"], call?.["outcome"], call?.["durationSeconds"], call?.["notes"]],
      ["inbound", "voicemail", 61, "<b>call 2</b>\n\nAgent: Bo"]);
    assert.match(api.objects["calls"]?.[0]?.properties["hs_call_body"] ?? "", /^&lt;b&gt;call 0/);
    assert.deepEqual(api.wrong, []);
  });

  it("is searched page by page, each customer once", async () => {
    for (let i = 0; i < 23; ++i) api.add("contacts", { lastname: `Berg ${i}` });

    const seen = await pagesOf(get, "/customers?q=berg&limit=5", "customers");

    assert.deepEqual([seen.length, new Set(seen.map((one) => one["id"])).size], [23, 23]);
    assert.deepEqual(api.wrong, []);
  });

  it("answers its troubles as the contract has them", async () => {
    const { id } = api.add("contacts", { lastname: "Berg" });
    const error = (category: string, more: object = {}): object => ({ status: "error", message: "in its own words", category, ...more });
    const cases: [number, object | string, number, string][] = [
      [403, error("MISSING_SCOPES", { errors: [{ context: { requiredGranularScopes: ["crm.objects.contacts.write"] } }] }), 403, "forbidden"],
      [404, error("OBJECT_NOT_FOUND"), 404, "not_found"],
      [409, error("CONFLICT"), 409, "conflict"],
      [423, error("LOCKED"), 429, "rate_limited"],
      [400, error("VALIDATION_ERROR"), 400, "invalid_request"],
      [500, "<html>", 502, "provider_error"],
    ];
    for (const [status, body, expected, code] of cases) {
      api.instead.push({ status, body });
      const answer = await patch(id, { title: "CEO" });
      assert.deepEqual([answer.status, answer.body.error], [expected, code], JSON.stringify(body));
      assert.doesNotMatch(JSON.stringify(answer.body), /in its own words/);
    }
    const wrong = await patch(id, { email: "no address" });
    assert.deepEqual([wrong.status, wrong.body.details[0].field], [400, "email"]);
  });

  it("receives no hostile value but inside the place that is its own", async () => {
    const victim = api.add("contacts", { lastname: "Victim", email: "v@example.com", phone: "+14155559999" });
    for (const value of hostileTexts) {
      const escaped = encodeURIComponent(value);
      for (const query of [`phone=${escaped}`, `email=${escaped}`]) {
        const answer = await find(query);
        assert.ok(answer.status === 400 || answer.body.customers.length === 0, `${query} ${JSON.stringify(answer.body)}`);
      }
      for (const answer of [
        await find(`q=x&cursor=${escaped}`), await get(`/customers/${escaped}`), await get(`/customers/${victim.id}${escaped}`),
        await get(`/customers/${victim.id}/interactions?cursor=${escaped}`), await patch(escaped, { title: "x" }),
        await post("/calls", { customerId: value, direction: "inbound", outcome: "busy" }),
        await post("/customers", { lastName: "x", phone: newPhone(), customFields: { [value]: "x" } }),
      ]) assert.ok(answer.status === 400 || answer.status === 404, `${value}: ${answer.status}`);
      assert.equal((await patch(victim.id, { company: value })).status, 200);
      assert.equal(victim.properties["company"], value);
    }
    // One of them is a property's name, so that HubSpot is asked, and has no such property.
    assert.equal(api.objects["contacts"]?.length, 1);
    const paths = new Set(api.requests.map((one) => one.target.replace(/\?.*/, "")));
    assert.deepEqual([...paths].sort(), ["/crm/v3/objects/contacts", `/crm/v3/objects/contacts/${victim.id}`, "/crm/v3/objects/contacts/search"]);
    assert.deepEqual(api.wrong, []);
  });

  it("is not reached for a tenant that a key may not see", async () => {
    const bound = await evergrant.post("/api/keys", { name: "other", role: "app", tenants: ["globex"] });

    assert.equal((await evergrant.get(`${base}/customers?q=x`, bound.body.key)).status, 404);
    assert.deepEqual(api.requests, []);
  });
});
