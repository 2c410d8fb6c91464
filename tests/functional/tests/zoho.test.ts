// Zoho's data centres: the grant is fetched, refreshed and revoked where the callback says it is, by that centre's own secret,
// and only where the catalogue allows.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Answer, Evergrant } from "../support/evergrant.ts";
import { ZohoCentre, zohoClientId } from "../support/zoho.ts";

const tenant = "acme";

describe("a grant of a Zoho account", () => {
  let us: ZohoCentre;
  let eu: ZohoCentre;
  let foreign: ZohoCentre;
  let evergrant: Evergrant;
  before(async () => {
    [us, eu, foreign] = [await ZohoCentre.start("secret of us"), await ZohoCentre.start("secret of eu"), await ZohoCentre.start("secret of us")];
    eu.apiDomain = "https://www.zohoapis.eu";
    evergrant = await Evergrant.start({
      catalog: { "zoho_crm.yaml": ZohoCentre.catalogFile([us, eu]) },
      environment: { EVERGRANT_REFRESH_AHEAD: "false" },
      flags: ["--log-level", "trace"],
    });
    await evergrant.post("/api/tenants", { id: tenant, name: tenant });
  });
  after(async () => {
    await evergrant?.remove();
    for (const one of [us, eu, foreign]) await one?.stop();
  });

  const save = (secretsBy?: object): Promise<Answer> =>
    evergrant.call("PUT", "/api/credentials/zoho_crm", {
      clientId: zohoClientId, clientSecret: us.secret, ...(secretsBy === undefined ? {} : { clientSecretsBy: secretsBy }),
    });
  const connect = async (integrationId: string, accountsServer?: string): Promise<string> => {
    const started = await evergrant.get(`/api/oauth/authorize/${tenant}?provider=zoho_crm&integrationId=${integrationId}`);
    const where = accountsServer === undefined ? "" : `&location=eu&accounts-server=${encodeURIComponent(accountsServer)}`;
    const done = await evergrant.get(`/api/oauth/callback?code=1000.code&state=${started.body.state}${where}`, "");
    return done.headers.get("location") ?? `${done.status} ${done.body.error}`;
  };
  const read = (integrationId: string, query = ""): Promise<Answer> => evergrant.get(`/api/oauth/token/${tenant}/${integrationId}${query}`);

  it("in a centre with a secret of its own is not had with another's", async () => {
    await save({});

    const end = await connect("eu", eu.url);

    assert.match(end, /oauth=error&reason=provider_misconfigured/);
    assert.deepEqual(eu.wrong, ["authorization_code: another centre's secret"]);
    eu.requests.length = 0;
  });

  it("in a centre whose secret is stored is fetched there with that secret", async () => {
    const saved = await save({ accounts_server: { [eu.url]: [eu.secret] } });

    assert.deepEqual(saved.body.hasSecretsBy, { accounts_server: [eu.url] });
    assert.equal(JSON.stringify(saved.body).includes(eu.secret), false);
    assert.match(await connect("eu", eu.url), /oauth=success/);
    assert.deepEqual([eu.requests.length, eu.wrong, us.requests.length], [1, [], 0]);
  });

  it("is served with that centre's API, and by Zoho's own word before the token", async () => {
    const answer = await read("eu");
    const injected = await evergrant.get(`/api/oauth/token/${tenant}/eu`, evergrant.adminKey, { "x-evergrant-inject": "1" });

    assert.equal(answer.body.metadata.api_domain, "https://www.zohoapis.eu");
    assert.equal(answer.body.metadata.location, "eu");
    assert.match(injected.headers.get("authorization") ?? "", /^Zoho-oauthtoken 1000\./);
  });

  it("is refreshed there, with that secret, and keeps its refresh token", async () => {
    const held = (await read("eu")).body.accessToken;

    const answer = await read("eu", "?minTtl=86400");

    assert.notEqual(answer.body.accessToken, held);
    assert.equal(answer.body.degraded, undefined);
    assert.deepEqual([eu.requests.at(-1), eu.wrong, us.requests.length], [{ what: "refresh_token", wrong: "" }, [], 0]);
  });

  it("goes on after the usual secret alone was replaced", async () => {
    await save();

    const answer = await read("eu", "?minTtl=86401");

    assert.equal(answer.body.degraded, undefined);
    assert.deepEqual(eu.wrong, []);
  });

  it("is revoked there, and the URL with the token is in no log", async () => {
    const revoked = await evergrant.post("/api/oauth/revoke", { tenantId: tenant, integrationId: "eu" });

    assert.equal(revoked.body.revokedAtProvider, true);
    assert.equal(eu.revoked.length, 1);
    assert.equal(evergrant.log.includes(eu.revoked[0] ?? "-"), false);
    assert.equal(us.revoked.length, 0);
  });

  it("without a word of a centre is of the default one, with the usual secret", async () => {
    assert.match(await connect("us"), /oauth=success/);

    assert.deepEqual(us.wrong, []);
    assert.equal((await read("us")).body.metadata.api_domain, "https://www.zohoapis.com");
  });

  it("is not fetched from a server that is not on the list, which gets no secret", async () => {
    const end = await connect("foreign", foreign.url);

    assert.match(end, /oauth=error&reason=invalid_request/);
    assert.equal(foreign.requests.length, 0);
  });

  it("whose API would be elsewhere is refused", async () => {
    us.apiDomain = "https://www.zohoapis.com.evil.example";

    assert.match(await connect("elsewhere"), /oauth=error/);
    assert.equal((await read("elsewhere")).status, 404);
  });

  it("of which Zoho says invalid_code, with status 200, is dead", async () => {
    us.apiDomain = "https://www.zohoapis.com";
    await connect("dying");
    await evergrant.post("/api/oauth/revoke", { tenantId: tenant, integrationId: "us" });
    await fetch(`${us.url}/oauth/v2/token/revoke?token=${us.newest}`, { method: "POST" });

    const answer = await read("dying", "?minTtl=86402");

    assert.equal(answer.body.degraded, true);
    const rows = (await evergrant.get(`/api/oauth/status/${tenant}?provider=zoho_crm`)).body.tokens;
    assert.equal(rows.find((row: { integrationId: string }) => row.integrationId === "dying").status, "invalid");
  });

  for (const [what, by] of [["a parameter that Zoho's entry does not have", { region: { eu: ["x"] } }], ["a server that is not on the list", { accounts_server: { "https://evil.example": ["x"] } }],
    ["no secret at all", { accounts_server: { "https://accounts.zoho.eu": [] } }]] as const)
    it(`cannot be given secrets for ${what}`, async () => {
      assert.equal((await save(by)).status, 400);
    });
});
