// A key is bound to tenants and to providers: what is beyond them is not there for it, by no route, and nothing it asks for
// touches it.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Evergrant, type Answer } from "../support/evergrant.ts";
import { LedgerProvider } from "../support/ledger_provider.ts";
import { connectByCallback, introduce } from "../support/ledger_scene.ts";
import { until } from "../support/until.ts";

/** What the key is for: this tenant at this provider. Of each there is another, and another tenant's is there too. */
const own = { tenant: "acme", provider: "crm" };
const others = [
  { whose: "another tenant's", tenant: "globex", integration: "crm" },
  { whose: "another provider's", tenant: "acme", integration: "mail" },
  { whose: "another provider's dead", tenant: "acme", integration: "desk" },
  { whose: "another tenant's at another provider", tenant: "globex", integration: "mail" },
  { whose: "a tenant's that does not exist", tenant: "nobody", integration: "crm" },
];

describe("a key bound to one tenant and one provider", () => {
  let evergrant: Evergrant;
  const providers = new Map<string, LedgerProvider>();
  let key = "";
  let auditor = "";

  before(async () => {
    for (const id of ["crm", "mail", "desk"]) providers.set(id, await LedgerProvider.start({ policy: "strictly" }));
    const catalog = Object.fromEntries([...providers].map(([id, provider]) => [`${id}.yaml`, provider.catalogFile(id)]));
    evergrant = await Evergrant.start({ catalog, environment: { EVERGRANT_REFRESH_AHEAD: "false" } });
    await introduce(evergrant, "crm", ["acme", "globex"]);
    for (const id of ["mail", "desk"])
      await evergrant.call("PUT", `/api/credentials/${id}`, { clientId: "evergrant", clientSecret: "a secret" });
    providers.get("desk")!.expiresIn = 1;
    for (const id of providers.keys()) await connectByCallback(evergrant, id, "acme");
    for (const id of ["crm", "mail"]) await connectByCallback(evergrant, id, "globex");
    providers.get("desk")!.revoke("acme");
    await until("the death of a connection", async () => (await readAs(undefined, "acme", "desk")).status === 409);
    for (const provider of providers.values()) provider.ledger.length = 0;
    const bound = { tenants: [own.tenant], providers: [own.provider] };
    key = (await evergrant.post("/api/keys", { name: "app", role: "app", ...bound })).body.key;
    auditor = (await evergrant.post("/api/keys", { name: "auditor", role: "auditor", ...bound })).body.key;
  });
  after(async () => {
    await evergrant?.remove();
    for (const provider of providers.values()) await provider.stop();
  });

  const readAs = (who: string | undefined, tenant: string, integration: string, query = ""): Promise<Answer> =>
    evergrant.get(`/api/oauth/token/${tenant}/${integration}${query}`, who);
  const presented = (): number => [...providers.values()].reduce((sum, one) => sum + one.ledger.length, 0);

  function isNotThere(status: number, body: { error: string; message: string; authorizeUrl?: string }, integration: string): void {
    assert.equal(status, 404);
    assert.equal(body.error, "no_connection");
    assert.equal(body.message, `There is no connection "${integration}" for this tenant.`);
    assert.equal(body.authorizeUrl, undefined);
  }

  it("reads its own by each route", async () => {
    const token = providers.get("crm")!.accessToken("acme");

    const byPath = await readAs(key, "acme", "crm");
    const byBody = await evergrant.post("/api/oauth/token", { tenantId: "acme", integrationId: "crm" }, key);
    const inBatch = await evergrant.post("/api/oauth/tokens", { requests: [{ tenantId: "acme", integrationId: "crm" }] }, key);

    assert.equal(byPath.body.accessToken, token);
    assert.equal(byBody.body.accessToken, token);
    assert.equal(inBatch.body.tokens[0].accessToken, token);
  });

  for (const { whose, tenant, integration } of others) {
    it(`finds no connection of ${whose} by its path, and causes no refresh of it`, async () => {
      for (const query of ["", "?minTtl=86400"]) {
        const answer = await readAs(key, tenant, integration, query);

        isNotThere(answer.status, answer.body, integration);
      }
      assert.equal(presented(), 0);
    });

    it(`finds no connection of ${whose} by a body, and causes no refresh of it`, async () => {
      for (const more of [{}, { minTtl: 86_400 }, { forceRefresh: true }]) {
        const answer = await evergrant.post("/api/oauth/token", { tenantId: tenant, integrationId: integration, ...more }, key);

        isNotThere(answer.status, answer.body, integration);
      }
      assert.equal(presented(), 0);
    });

    it(`cannot report a token of ${whose} as refused`, async () => {
      const answer = await evergrant.post("/api/oauth/token",
        { tenantId: tenant, integrationId: integration, rejected: "0".repeat(64) }, key);

      isNotThere(answer.status, answer.body, integration);
      assert.equal(presented(), 0);
    });

    it(`cannot revoke ${whose}`, async () => {
      const before = (await readAs(undefined, tenant, integration)).status;

      const answer = await evergrant.post("/api/oauth/revoke", { tenantId: tenant, integrationId: integration }, key);

      isNotThere(answer.status, answer.body, integration);
      assert.equal((await readAs(undefined, tenant, integration)).status, before);
    });
  }

  it("finds none of them in a batch, beside its own", async () => {
    const requests = [own, ...others].map((one) => ({ tenantId: one.tenant, integrationId: "provider" in one ? one.provider : one.integration, minTtl: 60 }));

    const { body } = await evergrant.post("/api/oauth/tokens", { requests }, key);

    assert.equal(body.tokens[0].status, 200);
    for (const [index, other] of others.entries()) isNotThere(body.tokens[index + 1].status, body.tokens[index + 1], other.integration);
    assert.equal(presented(), 0);
  });

  it("begins no authorization for another tenant or at another provider", async () => {
    const another = await evergrant.post("/api/oauth/authorize", { tenantId: "globex", provider: "crm" }, key);
    const elsewhere = await evergrant.post("/api/oauth/authorize", { tenantId: "acme", provider: "mail" }, key);

    assert.equal(another.status, 404);
    assert.equal(another.body.error, "tenant_not_found");
    assert.equal(elsewhere.status, 403);
  });

  it("sees in a tenant's status what it is for, and no other tenant's", async () => {
    const { body } = await evergrant.get("/api/oauth/status/acme", auditor);
    const elsewhere = await evergrant.get("/api/oauth/status/acme?provider=mail", auditor);
    const another = await evergrant.get("/api/oauth/status/globex", auditor);

    const connected = (rows: { provider: string; hasToken: boolean }[]) => rows.filter((one) => one.hasToken).map((one) => one.provider);
    assert.deepEqual(connected(body.tokens), ["crm"]);
    assert.deepEqual(connected(elsewhere.body.tokens), []);
    assert.equal(another.status, 404);
  });

  it("leaves what it was refused in the audit log, by the name of its key", async () => {
    const isTold = async () => {
      const { body } = await evergrant.get("/api/audit?action=token.vend&outcome=forbidden&tenant=acme");
      return body.events.some((one: { actor: string; integration: string }) => one.actor === key.split("_")[1] && one.integration === "mail");
    };

    await until("the refusal in the log", isTold);
  });
});
