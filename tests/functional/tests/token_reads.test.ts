// Reads besides the plain one: the header that a proxy puts into the upstream's request, many tokens at once, and what is
// said of a grant that has ended.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { Evergrant } from "../support/evergrant.ts";
import { LedgerProvider } from "../support/ledger_provider.ts";
import { LedgerScene, connectByCallback, introduce, ledgerProvider } from "../support/ledger_scene.ts";
import { until } from "../support/until.ts";

const secret = "a secret";

describe("a read for a proxy, with X-Evergrant-Inject", () => {
  let evergrant: Evergrant;
  let provider: LedgerProvider;
  before(async () => {
    provider = await LedgerProvider.start({ policy: "strictly" });
    const here = `authorization_url: ${provider.url}/authorize\ntoken_url: ${provider.url}/token\n`;
    const entry = (id: string, more: string) => `id: ${id}\nextends: ${id}\n${here}${more}`;
    evergrant = await Evergrant.start({
      catalog: {
        "zoho_crm.yaml": entry("zoho_crm", ""),
        "shopify.yaml": entry("shopify", ""),
        "ledger.yaml": provider.catalogFile(ledgerProvider),
      },
    });
    await introduce(evergrant, ledgerProvider, ["acme"]);
    for (const id of ["zoho_crm", "shopify"])
      await evergrant.call("PUT", `/api/credentials/${id}`, { clientId: "evergrant", clientSecret: secret });
    for (const id of ["zoho_crm", ledgerProvider]) await connectByCallback(evergrant, id, "acme");
    await connectShop();
  });
  after(async () => {
    await evergrant?.remove();
    await provider.stop();
  });

  /** Shopify's callback names the shop and is signed. */
  async function connectShop(): Promise<void> {
    const begun = await evergrant.post("/api/oauth/authorize", { tenantId: "acme", provider: "shopify", params: { shop: "acme" } });
    const state = new URL(begun.body.authorizationUrl).searchParams.get("state");
    const query = `code=acme&shop=acme.myshopify.com&state=${state}`;
    const hmac = createHmac("sha256", secret).update(query).digest("hex");
    const done = await evergrant.get(`/api/oauth/callback?${query}&hmac=${hmac}`, "");
    assert.match(done.headers.get("location") ?? "", /oauth=success/);
  }

  const injected = (integration: string, tenant = "acme") =>
    evergrant.get(`/api/oauth/token/${tenant}/${integration}`, undefined, { "x-evergrant-inject": "1" });

  it("is answered with the token as a bearer's, and without a body", async () => {
    const answer = await injected(ledgerProvider);

    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("authorization") ?? "", /^Bearer access-/);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.equal(answer.body, "");
  });

  it("has Zoho's own scheme", async () => {
    const answer = await injected("zoho_crm");

    assert.match(answer.headers.get("authorization") ?? "", /^Zoho-oauthtoken access-/);
  });

  it("has Shopify's own header, in which the token stands alone, and no other", async () => {
    const answer = await injected("shopify");

    assert.match(answer.headers.get("x-shopify-access-token") ?? "", /^access-/);
    assert.equal(answer.headers.get("authorization"), null);
  });

  it("is answered with an error and none of these headers when there is no token", async () => {
    for (const answer of [await injected("hubspot"), await injected("shopify", "nobody")]) {
      assert.equal(answer.status, 404);
      assert.equal(answer.body.error, "no_connection");
      assert.equal(answer.headers.get("authorization"), null);
      assert.equal(answer.headers.get("x-shopify-access-token"), null);
    }
  });
});

describe("a batch", () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, ["acme", "globex"], {}, 1);
    scene.provider.expiresIn = 3600;
    await scene.connect("acme");
    scene.provider.revoke("globex");
    await until("the death of a grant", async () => (await scene.read("globex")).status === 409);
  });
  after(() => scene.clear());

  const batch = (requests: object[]) => scene.evergrant.post("/api/oauth/tokens", { requests });
  const of = (tenantId: string) => ({ tenantId, integrationId: ledgerProvider });

  it("has each its own status, in the order of the requests", async () => {
    const answer = await batch([of("globex"), of("acme"), of("nobody"), { tenantId: "acme" }, { ...of("acme"), minTtl: -1 }]);

    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const tokens: { status: number; success: boolean; error?: string; authorizeUrl?: string }[] = answer.body.tokens;
    assert.deepEqual(tokens.map((one) => one.status), [409, 200, 404, 400, 400]);
    assert.deepEqual(tokens.map((one) => one.success), [false, true, false, false, false]);
    assert.deepEqual(tokens.map((one) => one.error), ["reauthorization_required", undefined, "no_connection", "invalid_request", "invalid_request"]);
    assert.equal(tokens[0]?.authorizeUrl, `/api/oauth/authorize/globex?provider=${ledgerProvider}`);
  });

  it("has a place for a thousand", async () => {
    const answer = await batch(Array.from({ length: 1000 }, (_, index) => of(index % 2 === 0 ? "acme" : "nobody")));

    const statuses: number[] = answer.body.tokens.map((one: { status: number }) => one.status);
    assert.deepEqual(statuses, Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? 200 : 404)));
  });

  it("has none for one more, and then answers nobody's", async () => {
    const answer = await batch(Array.from({ length: 1001 }, () => of("acme")));

    assert.equal(answer.status, 400);
    assert.equal(answer.body.error, "invalid_request");
    assert.equal(answer.body.details[0].field, "requests");
    assert.equal(answer.body.tokens, undefined);
  });
});

describe("a connection with a name of its own", () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await LedgerScene.set({ policy: "static" }, ["acme"], {}, 1, (provider) => {
      provider.members = { refresh_token: undefined };
    });
  });
  after(() => scene.clear());

  const begin = (path: string) => scene.evergrant.get(path);
  const read = () => scene.evergrant.get("/api/oauth/token/acme/second");

  it("is renewed where its 409 says", async () => {
    const finish = async (state: string) => scene.evergrant.get(`/api/oauth/callback?code=acme&state=${encodeURIComponent(state)}`, "");
    await finish((await begin(`/api/oauth/authorize/acme?provider=${ledgerProvider}&integrationId=second`)).body.state);
    await until("the end of its token", async () => (await read()).status === 409);
    scene.provider.expiresIn = 3600;

    const begun = await begin((await read()).body.authorizeUrl);
    await finish(begun.body.state);

    assert.equal((await read()).status, 200);
  });
});
