// The environment's refresh token is a grant that one named tenant begins with, once: no other tenant's, and not again.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Evergrant } from "../support/evergrant.ts";
import { LedgerProvider } from "../support/ledger_provider.ts";
import { ledgerProvider } from "../support/ledger_scene.ts";

describe("a refresh token of the environment", () => {
  let provider: LedgerProvider;
  let evergrant: Evergrant;
  before(async () => {
    provider = await LedgerProvider.start({ policy: "strictly" });
    const { refresh_token } = await obtain("acme");
    evergrant = await Evergrant.start({
      catalog: { "ledger.yaml": provider.catalogFile(ledgerProvider) },
      environment: {
        LEDGER_CLIENT_ID: "evergrant",
        LEDGER_CLIENT_SECRET: "a secret",
        LEDGER_REFRESH_TOKEN: refresh_token,
        LEDGER_REFRESH_TOKEN_TENANT: "acme",
      },
    });
    await evergrant.post("/api/tenants", { id: "globex", name: "globex" });
  });
  after(async () => {
    await evergrant?.remove();
    await provider.stop();
  });

  /** The grant that an operator has from before Evergrant. */
  async function obtain(code: string): Promise<{ refresh_token: string }> {
    const body = new URLSearchParams({ grant_type: "authorization_code", code });
    return (await (await fetch(`${provider.url}/token`, { method: "POST", body })).json()) as { refresh_token: string };
  }
  const read = (tenant: string) => evergrant.get(`/api/oauth/token/${tenant}/${ledgerProvider}`);
  async function restart(): Promise<void> {
    await evergrant.end("SIGTERM");
    await evergrant.run();
  }

  it("is the named tenant's connection", async () => {
    const answer = await read("acme");

    assert.equal(answer.status, 200);
    assert.equal(answer.body.accessToken, provider.accessToken("acme"));
  });

  it("is no other tenant's", async () => {
    const status = await evergrant.get(`/api/oauth/status/globex?provider=${ledgerProvider}`);

    assert.equal((await read("globex")).status, 404);
    assert.equal(status.body.tokens[0].hasToken, false);
  });

  it("is not put in the place of what the provider has made of it", async () => {
    await restart();

    assert.equal((await read("acme")).status, 200);
    assert.deepEqual(provider.ledger.map((one) => one.outcome), ["granted"]);
  });

  it("is not planted again after the connection was revoked", async () => {
    await evergrant.post("/api/oauth/revoke", { tenantId: "acme", integrationId: ledgerProvider });

    await restart();

    assert.equal((await read("acme")).status, 404);
    assert.equal(provider.ledger.length, 1);
  });
});
