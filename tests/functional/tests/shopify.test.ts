// Shopify: signed callbacks, a shop's own host, tokens that expire and tokens that do not.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Answer, Evergrant } from "../support/evergrant.ts";
import { app, Shopify, signed } from "../support/shopify.ts";

const tenant = "acme";
const shop = "acme-store";

describe("a shop at Shopify", () => {
  let shopify: Shopify;
  let evergrant: Evergrant;
  before(async () => {
    shopify = await Shopify.start();
    evergrant = await Evergrant.start({ catalog: { "shopify.yaml": shopify.catalogFile() }, environment: { EVERGRANT_REFRESH_AHEAD: "false" } });
    await evergrant.post("/api/tenants", { id: tenant, name: tenant });
    assert.equal((await evergrant.call("PUT", "/api/credentials/shopify", app)).status, 200);
  });
  after(async () => {
    await evergrant?.remove();
    await shopify?.stop();
  });

  const begin = async (integrationId: string, params: object = {}): Promise<URL> => {
    const started = await evergrant.post("/api/oauth/authorize", { provider: "shopify", tenantId: tenant, integrationId, params: { shop, ...params } });
    assert.equal(started.status, 200, JSON.stringify(started.body));
    return new URL(started.body.authorizationUrl);
  };
  const callbackOf = (url: URL, of = shop): Record<string, string> => ({
    code: `code-of-${of}`, host: Buffer.from(`${of}.myshopify.com/admin`).toString("base64"), shop: `${of}.myshopify.com`,
    state: url.searchParams.get("state") ?? "", timestamp: "1337178173",
  });
  const comeBack = async (query: URLSearchParams): Promise<string> => {
    const done = await evergrant.get(`/api/oauth/callback?${query}`, "");
    return done.headers.get("location") ?? `${done.status} ${done.body.error}`;
  };
  const read = (integrationId: string, query = ""): Promise<Answer> => evergrant.get(`/api/oauth/token/${tenant}/${integrationId}${query}`);

  it("is asked for scopes with commas between them", async () => {
    assert.equal((await begin("asked")).searchParams.get("scope"), "read_products,read_orders,read_customers");
  });

  it("is connected by a callback that Shopify has signed", async () => {
    const url = await begin("expiring");

    assert.match(await comeBack(signed(callbackOf(url))), /oauth=success/);
    assert.deepEqual([shopify.requests, shopify.wrong], [[{ shop, what: "authorization_code", wrong: "" }], []]);
  });

  const forgeries: [string, (query: Record<string, string>) => URLSearchParams][] = [
    ["signed with another secret", (query) => signed(query, "hash")],
    ["signed with no secret", (query) => signed(query, "")],
    ["not signed", (query) => new URLSearchParams(query)],
    ["whose shop was changed afterwards", (query) => new URLSearchParams([...signed({ ...query, shop: "evil.myshopify.com" })].map(([name, value]) => [name, name === "shop" ? query["shop"]! : value]))],
    ["with a parameter added afterwards", (query) => new URLSearchParams([...signed(query), ["more", "1"]])],
    ["whose code was put in afterwards", (query) => new URLSearchParams([...signed({ ...query, code: "another" })].map(([name, value]) => [name, name === "code" ? query["code"]! : value]))],
    ["signed twice", (query) => new URLSearchParams([...signed(query), ["hmac", signed(query).get("hmac") ?? ""]])],
    ["with an empty signature", (query) => new URLSearchParams({ ...query, hmac: "" })],
  ];
  for (const [how, forge] of forgeries)
    it(`is not connected by a callback ${how}, and its code is not sent`, async () => {
      const url = await begin("forged");
      const before = shopify.requests.length;

      assert.doesNotMatch(await comeBack(forge(callbackOf(url))), /oauth=success/);
      assert.equal(shopify.requests.length, before);
      assert.equal((await read("forged")).status, 404);
    });

  it("is not connected by another shop's callback, though Shopify has signed it", async () => {
    const url = await begin("mixed");
    const before = shopify.requests.length;

    assert.doesNotMatch(await comeBack(signed(callbackOf(url, "evil-store"))), /oauth=success/);
    assert.equal(shopify.requests.length, before);
  });

  for (const name of ["Acme", "acme.evil.example", "acme/../evil", "-acme", "acme_store", ""])
    it(`called ${JSON.stringify(name)} is none`, async () => {
      const answer = await evergrant.post("/api/oauth/authorize", { provider: "shopify", tenantId: tenant, params: { shop: name } });

      assert.equal(answer.status, 400);
    });

  it("has its token in Shopify's own header", async () => {
    const held = (await read("expiring")).body.accessToken;

    const injected = await evergrant.get(`/api/oauth/token/${tenant}/expiring`, evergrant.adminKey, { "x-evergrant-inject": "1" });

    assert.equal(injected.headers.get("x-shopify-access-token"), held);
    assert.equal(injected.headers.get("authorization"), null);
  });

  it("with a token that expires has it refreshed, each refresh token spent once", async () => {
    const held = (await read("expiring")).body.accessToken;

    for (const life of [86_400, 86_401]) assert.equal((await read("expiring", `?minTtl=${life}`)).body.degraded, undefined);

    assert.notEqual((await read("expiring")).body.accessToken, held);
    assert.deepEqual(shopify.wrong, []);
  });

  it("with a token for ever is served it without end, and nothing is refreshed", async () => {
    assert.match(await comeBack(signed(callbackOf(await begin("lasting", { expiring: "0" })))), /oauth=success/);
    const before = shopify.requests.length;
    const held = (await read("lasting")).body;

    const answer = await read("lasting", "?minTtl=31536000");

    assert.equal(held.expiresAt, null);
    assert.deepEqual([answer.status, answer.body.accessToken, answer.body.degraded], [200, held.accessToken, undefined]);
    const checked = await evergrant.post("/api/oauth/health/check", { clientId: tenant });
    assert.equal(checked.status, 200);
    assert.equal(shopify.requests.length, before);
  });
});
