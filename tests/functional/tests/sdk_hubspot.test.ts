// HubSpot's own SDK for Node driven through the proxy, with an Evergrant key in the place of a token; acme has no connection, and
// a key of the deployment's stands in.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { Client } from "@hubspot/api-client";
import { Evergrant } from "../support/evergrant.ts";
import { HubspotApi } from "../support/hubspot_api.ts";

type SearchRequest = Parameters<Client["crm"]["contacts"]["searchApi"]["doSearch"]>[0];

describe("HubSpot's client through the proxy", () => {
  let api: HubspotApi;
  let evergrant: Evergrant;
  let client: Client;
  let key: string;
  before(async () => {
    api = await HubspotApi.start();
    evergrant = await Evergrant.start({ catalog: { "hubspot.yaml": api.catalogFile() }, environment: { HUBSPOT_API_KEY: "pat-na1-deployment" } });
    await evergrant.post("/api/tenants", { id: "acme", name: "Acme" });
    key = (await evergrant.post("/api/keys", { name: "application", role: "app", tenants: ["acme"] })).body.key;
    client = new Client({ accessToken: key, basePath: `${evergrant.url}/api/proxy/acme/hubspot` });
  });
  after(async () => {
    await evergrant?.remove();
    await api?.stop();
  });
  beforeEach(() => api.clear());

  it("creates, reads, changes and archives a contact", async () => {
    const made = await client.crm.contacts.basicApi.create({ properties: { lastname: "Byron", email: "ada@example.com" }, associations: [] });
    await client.crm.contacts.basicApi.update(made.id, { properties: { jobtitle: "Countess" } });
    const read = await client.crm.contacts.basicApi.getById(made.id, ["jobtitle"]);
    await client.crm.contacts.basicApi.archive(made.id);

    assert.equal(read.properties["jobtitle"], "Countess");
    assert.deepEqual(api.objects["contacts"], []);
    assert.deepEqual(api.wrong, []);
  });

  it("searches", async () => {
    api.add("contacts", { lastname: "Byron", email: "ada@example.com" });
    api.add("contacts", { lastname: "Else" });
    const request = { filterGroups: [{ filters: [{ propertyName: "email", operator: "EQ", value: "ada@example.com" }] }], properties: ["lastname"], limit: 10, sorts: [], after: "0" };

    const found = await client.crm.contacts.searchApi.doSearch(request as SearchRequest);

    assert.deepEqual(found.results.map((one) => one.properties["lastname"]), ["Byron"]);
    assert.deepEqual(api.wrong, []);
  });

  it("follows a list through all of its pages", async () => {
    for (let i = 0; i < 230; ++i) api.add("contacts", { lastname: `Berg ${i}` });

    const all = await client.crm.contacts.getAll(100);

    assert.equal(all.length, 230);
    assert.deepEqual(api.wrong, []);
  });

  it("is told HubSpot's own errors", async () => {
    await assert.rejects(client.crm.contacts.basicApi.getById("1"), { code: 404 });
    const { id } = api.add("contacts", { email: "ada@example.com" });
    await assert.rejects(client.crm.contacts.basicApi.create({ properties: { email: "ada@example.com" }, associations: [] }),
      (error: { code: number; body: { message: string } }) => error.code === 409 && error.body.message.includes(id));
  });

  it("asks with the key that stands in, and never sees it", async () => {
    await client.crm.contacts.basicApi.getPage(10);

    assert.deepEqual(api.requests.map((one) => one.token), ["pat-na1-deployment"]);
    assert.equal(JSON.stringify(api.requests).includes(key), false);
  });
});
