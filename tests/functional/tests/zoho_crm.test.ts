// The CRM routes over Zoho CRM: one shape, no duplicates however many write at once, its errors as the contract's, and nothing
// that a caller sends leaves its place.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { runBeside } from "../support/beside.ts";
import { type Answer, Evergrant } from "../support/evergrant.ts";
import { ZohoCrmApi } from "../support/zoho_crm.ts";
import { ZohoCentre, zohoClientId } from "../support/zoho.ts";

const tenant = "acme";
const base = `/api/crm/${tenant}/zoho_crm`;

describe("a tenant's Zoho CRM", () => {
  let accounts: ZohoCentre;
  let crm: ZohoCrmApi;
  let evergrant: Evergrant;
  before(async () => {
    [accounts, crm] = [await ZohoCentre.start("secret"), await ZohoCrmApi.start()];
    evergrant = await Evergrant.start({
      catalog: { "zoho_crm.yaml": `${ZohoCentre.catalogFile([accounts])}api_base_url: ${crm.url}\n` },
      environment: { EVERGRANT_REFRESH_AHEAD: "false", EVERGRANT_HEALTH_CHECK_MINUTES: "0" },
    });
    await evergrant.post("/api/tenants", { id: tenant, name: tenant, settings: { region: "US" } });
    await evergrant.call("PUT", "/api/credentials/zoho_crm", { clientId: zohoClientId, clientSecret: accounts.secret });
    const started = await evergrant.get(`/api/oauth/authorize/${tenant}?provider=zoho_crm`);
    await evergrant.get(`/api/oauth/callback?code=1000.code&state=${started.body.state}`, "");
  });
  after(async () => {
    await evergrant?.remove();
    await crm?.stop();
    await accounts?.stop();
  });
  beforeEach(() => crm.clear());

  const find = (query: string): Promise<Answer> => evergrant.get(`${base}/customers?${query}`);
  const save = (body: object): Promise<Answer> => evergrant.post(`${base}/customers`, body);
  const ids = (answer: Answer): string[] => answer.body.customers.map((one: { id: string }) => one.id);
  let number = 6502530000;
  /** One that no other test has saved: what was saved is remembered for some minutes. */
  const newPhone = (): string => `+1${++number}`;

  it("finds a number however it is written there and here", async () => {
    const contact = crm.add("Contacts", { Last_Name: "Berg", Phone: "(650) 253-0000" });
    const lead = crm.add("Leads", { Last_Name: "Dahl", Mobile: "16502530000" });
    crm.add("Leads", { Last_Name: "Else", Phone: "6502530001" });

    for (const written of ["+16502530000", "650 253 0000", "(650) 253-0000", "+1-650-253-0000"]) {
      const found = await find(`phone=${encodeURIComponent(written)}`);
      assert.deepEqual(ids(found), [`contacts:${contact.id}`, `leads:${lead.id}`], written);
      assert.equal(found.body.customers[0].phones[0].number, "+16502530000");
      assert.equal(found.body.crm, "zoho");
      assert.equal("credential" in found.body, false);
    }
    assert.deepEqual(crm.wrong, []);
  });

  it("tells from the terminal who has a number", async () => {
    crm.add("Contacts", { Last_Name: "Terminal", Phone: "(650) 253-0042" });

    const ended = await runBeside(evergrant, evergrant.adminKey, ["crm", "find", tenant, "zoho_crm", "--phone", "+16502530042"]);

    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stdout, /Terminal/);
  });

  it("answers what it does not have with an empty list, and one that is asked for by id with 404", async () => {
    assert.deepEqual((await find("phone=%2B16502530009")).body.customers, []);
    assert.deepEqual((await find("email=nobody@example.com")).body.customers, []);
    assert.deepEqual((await find("q=nobody")).body.customers, []);
    const missing = await evergrant.get(`${base}/customers/contacts:99`);
    assert.deepEqual([missing.status, missing.body.error], [404, "not_found"]);
    assert.deepEqual(crm.wrong, []);
  });

  it("creates, changes and shows a customer in one shape", async () => {
    const phone = newPhone();
    const made = await save({ firstName: "Anna", lastName: "Berg", phone, email: "anna@example.com", kind: "contact", company: "Acme",
      tags: ["vip"], address: { city: "Bonn" }, customFields: { Lead_Source: "Web" } });
    assert.deepEqual([made.status, made.body.created], [201, true]);
    const again = await save({ lastName: "Dahl", phone });
    assert.deepEqual([again.status, again.body], [200, { id: made.body.id, created: false, crm: "zoho" }]);
    const changed = await evergrant.call("PATCH", `${base}/customers/${made.body.id}`, { title: "CEO", firstName: "" });
    assert.equal(changed.status, 200);

    const { customer } = (await evergrant.get(`${base}/customers/${made.body.id}`)).body;
    assert.deepEqual([customer.kind, customer.lastName, customer.title, customer.tags, customer.address, customer.customFields],
      ["contact", "Dahl", "CEO", ["vip"], { city: "Bonn" }, { Lead_Source: "Web" }]);
    assert.equal("firstName" in customer, false);
    assert.deepEqual(crm.wrong, []);
  });

  it("makes one customer of 200 who save one number at once, although its search lags", async () => {
    crm.lag = 60_000;
    crm.delay = 5;
    const phone = newPhone();

    const saves = await Promise.all(Array.from({ length: 200 }, (_, i) => save({ lastName: `Caller ${i}`, phone })));

    assert.deepEqual([...new Set(saves.map((one) => one.status))].sort(), [200, 201]);
    assert.equal(saves.filter((one) => one.body.created).length, 1);
    assert.equal(crm.rows["Leads"]?.length, 1);
    assert.equal(new Set(saves.map((one) => one.body.id)).size, 1);
    assert.deepEqual(crm.wrong, []);
  });

  it("logs calls, and lists what happened page by page, newest first", async () => {
    const { id } = crm.add("Leads", { Last_Name: "Berg" });
    for (let minute = 0; minute < 5; ++minute) {
      const logged = await evergrant.post(`${base}/calls`, { customerId: `leads:${id}`, direction: "outbound", outcome: "answered",
        at: `2026-01-31T12:0${minute}:00Z`, durationSeconds: 61, agent: "Bo", notes: `call ${minute}`,
        ...(minute === 4 ? { tags: ["hot"], followUp: { at: "2026-02-01T09:00:00Z" } } : {}) });
      assert.equal(logged.status, 201);
    }

    const seen: string[] = [];
    let cursor = "";
    do {
      const page = await evergrant.get(`${base}/customers/leads:${id}/interactions?limit=2${cursor}`);
      seen.push(...page.body.interactions.map((one: { at: string }) => one.at));
      cursor = page.body.nextCursor === undefined ? "" : `&cursor=${page.body.nextCursor}`;
    } while (cursor !== "");

    assert.deepEqual(seen, [4, 3, 2, 1, 0].map((minute) => `2026-01-31T12:0${minute}:00Z`));
    assert.equal(crm.rows["Tasks"]?.length, 1);
    assert.deepEqual(crm.wrong, []);
  });

  it("is searched page by page, each customer once", async () => {
    for (let i = 0; i < 23; ++i) crm.add("Contacts", { Last_Name: `Berg ${i}` });
    for (let i = 0; i < 9; ++i) crm.add("Leads", { Last_Name: `Berg ${i}` });

    const seen: string[] = [];
    let cursor = "";
    do {
      const page = await find(`q=berg&limit=10${cursor}`);
      assert.ok(page.body.customers.length <= 10);
      seen.push(...ids(page));
      cursor = page.body.nextCursor === undefined ? "" : `&cursor=${page.body.nextCursor}`;
    } while (cursor !== "");

    assert.deepEqual([seen.length, new Set(seen).size], [32, 32]);
    assert.deepEqual(crm.wrong, []);
  });

  it("is waited for when it asks for a pause, and asked again with a new token when it refuses one", async () => {
    crm.add("Contacts", { Last_Name: "Berg", Email: "a@example.com" });
    crm.instead.push({ status: 429, headers: { "retry-after": "1" }, body: { code: "TOO_MANY_REQUESTS", details: {}, status: "error" } });
    assert.equal(ids(await find("email=a@example.com")).length, 1);

    crm.instead.push({ status: 401, body: { code: "INVALID_TOKEN", details: {}, message: "invalid oauth token", status: "error" } });
    assert.equal(ids(await find("email=a@example.com")).length, 1);
  });

  it("answers its troubles as the contract has them", async () => {
    const { id } = crm.add("Leads", { Last_Name: "Berg" });
    const change = (): Promise<Answer> => evergrant.call("PATCH", `${base}/customers/leads:${id}`, { company: "Acme" });
    const cases: [number, object | string, number, string][] = [
      [500, { code: "INTERNAL_ERROR", details: {}, status: "error" }, 502, "provider_error"],
      [502, "<html>", 502, "provider_error"],
      [403, { code: "NO_PERMISSION", details: {}, status: "error" }, 403, "forbidden"],
      [202, { data: [{ code: "DUPLICATE_DATA", details: { api_name: "Email", id: "1" }, status: "error" }] }, 409, "conflict"],
      [202, { data: [{ code: "INVALID_DATA", details: { api_name: "Company" }, status: "error" }] }, 400, "invalid_request"],
    ];
    for (const [status, body, expected, error] of cases) {
      crm.instead.push({ status, body });
      const answer = await change();
      assert.deepEqual([answer.status, answer.body.error], [expected, error], JSON.stringify(body));
    }
    const nameless = await save({ phone: newPhone() });
    assert.deepEqual([nameless.status, nameless.body.details[0].field], [400, "lastName"]);
    const homeless = await evergrant.get(`${base}/customers?phone=2530000`);
    assert.equal(homeless.status, 400);
  });

  it("receives no hostile value but inside the place that is its own", async () => {
    const { id } = crm.add("Leads", { Last_Name: "Victim", Email: "v@example.com", Phone: "+16502539999" });
    const hostile = ["x)or(Last_Name:starts_with:V", "' OR Id != '", "../../Deals/1", "a\r\nX-Evil: 1", "a&page=9#f", "${params.shop}",
      "%2e%2e%2f", "a\\", "{\"$gt\":\"\"}", "*"];
    for (const value of hostile) {
      const escaped = encodeURIComponent(value);
      const found = [await find(`phone=${escaped}`), await find(`email=${escaped}`), await find(`q=${escaped}`)];
      for (const answer of found) assert.ok(answer.status === 400 || answer.body.customers.length === 0, `${value} ${JSON.stringify(answer.body)}`);
      for (const answer of [
        await find(`q=x&cursor=${escaped}`), await find(`q=x&limit=${escaped}`), await find(`phone=1&region=${escaped}`),
        await evergrant.get(`${base}/customers/${escaped}`), await evergrant.get(`${base}/customers/leads:${id}${escaped}`),
        await evergrant.get(`${base}/customers/leads:${id}/interactions?cursor=${escaped}`),
        await evergrant.call("PATCH", `${base}/customers/${escaped}`, { title: "x" }),
        await evergrant.post(`${base}/calls`, { customerId: value, direction: "inbound", outcome: "busy" }),
        await evergrant.post(`${base}/calls`, { customerId: `leads:${id}`, direction: value, outcome: "busy" }),
        await save({ lastName: "x", phone: value }), await save({ lastName: "x", phone: newPhone(), kind: value }),
        await save({ lastName: "x", phone: newPhone(), customFields: { [value]: "x" } }),
      ]) assert.ok(answer.status === 400 || answer.status === 404, `${value}: ${answer.status}`);
      const told = await evergrant.call("PATCH", `${base}/customers/leads:${id}`, { company: value });
      assert.equal(told.status, 200);
      assert.equal(crm.rows["Leads"]?.[0]?.fields["Company"], value);
    }
    const paths = new Set(crm.requests.map((one) => one.target.replace(/\?.*/, "")));
    assert.deepEqual([...paths].sort(), ["/crm/v3/Contacts/search", `/crm/v3/Leads/${id}`, "/crm/v3/Leads/search"]);
    assert.deepEqual(Object.keys(crm.rows["Leads"]?.[0]?.fields ?? {}).sort(), ["Company", "Email", "Last_Name", "Phone"]);
    assert.deepEqual(crm.wrong, []);
  });

  it("tells the audit log what was written, and nothing of whom", async () => {
    const phone = newPhone();
    await save({ lastName: "Secretive", phone, email: "secretive@example.com" });
    const logged = await evergrant.get("/api/audit?action=crm.customer.save&limit=1");

    assert.equal(logged.body.events.length, 1);
    assert.doesNotMatch(JSON.stringify(logged.body), /Secretive|secretive|650253/);
    assert.doesNotMatch(evergrant.log, /Secretive|secretive/);
  });

  it("is nobody's who may not see the tenant", async () => {
    const bound = await evergrant.post("/api/keys", { name: "other", role: "app", tenants: ["globex"] });
    const auditor = await evergrant.post("/api/keys", { name: "auditor", role: "auditor" });

    assert.equal((await evergrant.get(`${base}/customers?q=x`, bound.body.key)).status, 404);
    assert.equal((await evergrant.get(`${base}/customers?q=x`, auditor.body.key)).status, 403);
    assert.equal((await evergrant.post(`${base}/customers`, { lastName: "x", phone: newPhone() }, bound.body.key)).status, 404);
    assert.deepEqual(crm.requests, []);
  });
});
