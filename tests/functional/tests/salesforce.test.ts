// Salesforce: login hosts, an instance_url that must be its own, tokens whose life is never told, revocation.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { type Answer, Evergrant } from "../support/evergrant.ts";
import { connectedApp, Salesforce } from "../support/salesforce.ts";

const tenant = "acme";

describe("an organisation at Salesforce", () => {
  let salesforce: Salesforce;
  let evergrant: Evergrant;
  before(async () => {
    salesforce = await Salesforce.start();
    evergrant = await Evergrant.start({ catalog: { "salesforce.yaml": salesforce.catalogFile() }, environment: { EVERGRANT_REFRESH_AHEAD: "false" } });
    await evergrant.post("/api/tenants", { id: tenant, name: tenant });
    assert.equal((await evergrant.call("PUT", "/api/credentials/salesforce", connectedApp)).status, 200);
  });
  after(async () => {
    await evergrant?.remove();
    await salesforce?.stop();
  });

  const begin = (integrationId: string, params: object): Promise<Answer> =>
    evergrant.post("/api/oauth/authorize", { provider: "salesforce", tenantId: tenant, integrationId, params });
  const connect = async (integrationId: string, params: object = {}): Promise<string> => {
    const started = await begin(integrationId, params);
    const state = new URL(started.body.authorizationUrl).searchParams.get("state");
    return (await evergrant.get(`/api/oauth/callback?code=aPrx&state=${state}`, "")).headers.get("location") ?? "no redirect";
  };
  const read = (integrationId: string, query = ""): Promise<Answer> => evergrant.get(`/api/oauth/token/${tenant}/${integrationId}${query}`);
  const statusOf = async (integrationId: string): Promise<string> => {
    const rows = (await evergrant.get(`/api/oauth/status/${tenant}?provider=salesforce`)).body.tokens;
    return rows.find((row: { integrationId: string }) => row.integrationId === integrationId).status;
  };

  it("is connected, and its token served with its instance and a life of two hours that is assumed", async () => {
    assert.match(await connect("crm"), /oauth=success/);

    const answer = await read("crm");

    assert.equal(answer.body.metadata.instance_url, "https://acme.my.salesforce.com");
    const life = Date.parse(answer.body.expiresAt) - Date.now();
    assert.ok(life > 7_100_000 && life <= 7_200_000, `${life} ms`);
  });

  it("whose refresh token is not told again keeps it", async () => {
    for (const life of [86_400, 86_401]) assert.equal((await read("crm", `?minTtl=${life}`)).body.degraded, undefined);

    assert.deepEqual(salesforce.wrong, []);
  });

  it("whose API answered 401 before the assumed life was over gets a new token at once, once", async () => {
    const held = (await read("crm")).body.accessToken;
    const before = salesforce.requests.length;
    const rejected = createHash("sha256").update(held).digest("hex");

    const answers = await Promise.all(Array.from({ length: 20 }, () =>
      evergrant.post("/api/oauth/token", { tenantId: tenant, integrationId: "crm", rejected })));

    assert.ok(answers.every((one) => one.status === 200 && one.body.accessToken !== held));
    assert.equal(salesforce.requests.length - before, 1);
  });

  it("that is asked too often is not dead, though Salesforce says invalid_grant", async () => {
    salesforce.refusal = { error: "invalid_grant", error_description: "login rate exceeded" };

    const answer = await read("crm", "?minTtl=86402");

    assert.equal(answer.body.degraded, true);
    assert.equal(await statusOf("crm"), "refresh_failed");
  });

  it("signs in at its My Domain, and there gives grants to the app itself", async () => {
    const params = { login_host: "acme--dev.sandbox.my.salesforce.com" };

    const obtained = await evergrant.post("/api/oauth/client-credentials", { provider: "salesforce", tenantId: tenant, integrationId: "machine", scopes: [], params });

    assert.equal(obtained.status, 200, JSON.stringify(obtained.body));
    assert.equal(salesforce.requests.at(-1)?.host, params.login_host);
    assert.equal((await read("machine")).status, 200);
  });

  for (const login_host of ["evil.example", "login.salesforce.com.evil.example", "acme.my.salesforce.com.evil.example", "my.salesforce.com", "acme.salesforce.com",
    "evil.example/.my.salesforce.com", "login.salesforce.com:444", "LOGIN.salesforce.com"])
    it(`does not sign in at ${login_host}`, async () => {
      assert.equal((await begin("foreign", { login_host })).status, 400);
    });

  for (const instanceUrl of ["https://evil.example", "https://acme.my.salesforce.com.evil.example", "https://evil.example/.salesforce.com", "http://acme.my.salesforce.com",
    "https://acme.my.salesforce.com@evil.example", "https://evilsalesforce.com", "https://acme.my.salesforce.com:444"])
    it(`is not at ${instanceUrl}`, async () => {
      salesforce.instanceUrl = instanceUrl;

      assert.match(await connect("foreign"), /oauth=error/);
      assert.equal((await read("foreign")).status, 404);
      salesforce.instanceUrl = "https://acme.my.salesforce.com";
    });

  it("that names another instance at a refresh is not followed there", async () => {
    assert.match(await connect("moved"), /oauth=success/);
    salesforce.instanceUrl = "https://evil.example";

    const answer = await read("moved", "?minTtl=86403");

    assert.equal(answer.status, 200);
    assert.notEqual(answer.body.metadata.instance_url, "https://evil.example");
    assert.notEqual(await statusOf("moved"), "invalid");
    salesforce.instanceUrl = "https://acme.my.salesforce.com";
  });

  it("that names another instance to the app itself is served without one", async () => {
    salesforce.instanceUrl = "https://evil.example";
    const params = { login_host: "globex.my.salesforce.com" };

    await evergrant.post("/api/oauth/client-credentials", { provider: "salesforce", tenantId: tenant, integrationId: "robot", scopes: [], params });

    const answer = await read("robot");
    assert.deepEqual([answer.status, answer.body.metadata.instance_url], [200, undefined]);
    salesforce.instanceUrl = "https://acme.my.salesforce.com";
  });

  it("is told when it is revoked, by the refresh token", async () => {
    const revoked = await evergrant.post("/api/oauth/revoke", { tenantId: tenant, integrationId: "crm" });

    assert.equal(revoked.body.revokedAtProvider, true);
    assert.match(salesforce.revoked.at(-1) ?? "", /^5Aep/);
  });
});
