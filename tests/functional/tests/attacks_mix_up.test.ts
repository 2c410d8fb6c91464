// Attack: what one provider or app began is finished as another's, so that its code or the app's secret goes to the wrong
// server (RFC 9700 4.4). The issuer and the redirect URI tell them apart before anything is sent.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Answer, Evergrant } from "../support/evergrant.ts";
import { LedgerProvider } from "../support/ledger_provider.ts";
import { introduce } from "../support/ledger_scene.ts";

const tenants = ["acme", "globex"];

class TwoProviders {
  readonly honest: LedgerProvider;
  readonly evil: LedgerProvider;
  evergrant!: Evergrant;

  private constructor(honest: LedgerProvider, evil: LedgerProvider) {
    this.honest = honest;
    this.evil = evil;
  }

  static async set(mode: string): Promise<TwoProviders> {
    const two = new TwoProviders(await LedgerProvider.start({ policy: "strictly" }), await LedgerProvider.start({ policy: "strictly" }));
    for (const one of [two.honest, two.evil]) one.entry = `issuer: ${one.url}\nissuer_in_callback: true\n`;
    two.evergrant = await Evergrant.start({
      catalog: { "honest.yaml": two.honest.catalogFile("honest"), "evil.yaml": two.evil.catalogFile("evil") },
      environment: { EVERGRANT_OAUTH_REDIRECT_URI: mode, EVERGRANT_LIMITS_ADDRESS_REQUESTS_PER_SECOND: "0" },
    });
    await introduce(two.evergrant, "honest", tenants);
    await two.evergrant.call("PUT", "/api/credentials/evil", { clientId: "evergrant", clientSecret: "another secret" });
    return two;
  }

  async begin(provider: string, tenant = "acme"): Promise<{ state: string; redirectUri: string }> {
    const started = await this.evergrant.get(`/api/oauth/authorize/${tenant}?provider=${provider}`);
    assert.equal(started.status, 200);
    return { state: started.body.state, redirectUri: new URL(started.body.authUrl).searchParams.get("redirect_uri") ?? "" };
  }

  finish(path: string, query: Record<string, string>): Promise<Answer> {
    return this.evergrant.get(`${path}?${new URLSearchParams(query)}`, "");
  }

  /** Whether either provider was shown a code. */
  get begun(): number {
    return this.honest.beginnings.length + this.evil.beginnings.length;
  }

  async clear(): Promise<void> {
    await this.evergrant?.remove();
    await this.honest.stop();
    await this.evil.stop();
  }
}

describe("an authorization that comes back as another provider's, by its issuer", () => {
  let two: TwoProviders;
  before(async () => {
    two = await TwoProviders.set("shared");
  });
  after(() => two?.clear());

  const spoilt: [string, (query: Record<string, string>) => Record<string, string>][] = [
    ["swapped", (query) => ({ ...query, iss: two.honest.url })],
    ["missing", ({ iss: _, ...query }) => query],
    ["with a slash behind it", (query) => ({ ...query, iss: `${query["iss"]}/` })],
    ["in capitals", (query) => ({ ...query, iss: (query["iss"] ?? "").toUpperCase() })],
    ["empty", (query) => ({ ...query, iss: "" })],
  ];
  for (const [how, spoil] of spoilt)
    it(`${how}, is refused before a code is sent anywhere`, async () => {
      const { state } = await two.begin("evil");

      const answer = await two.finish("/api/oauth/callback", spoil({ state, code: "acme", iss: two.evil.url }));

      assert.equal(answer.status, 400);
      assert.equal(two.begun, 0);
    });

  it("twice, with both, is refused", async () => {
    const { state } = await two.begin("evil");
    const [one, other] = [two.evil.url, two.honest.url].map(encodeURIComponent);

    const answer = await two.evergrant.get(`/api/oauth/callback?code=acme&state=${state}&iss=${one}&iss=${other}`, "");

    assert.equal(answer.status, 400);
    assert.equal(two.begun, 0);
  });

  it("and with an error, is not taken for the provider's word", async () => {
    const { state } = await two.begin("evil");

    const answer = await two.finish("/api/oauth/callback", { state, error: "access_denied", iss: two.honest.url });

    assert.equal(answer.status, 400);
    assert.notEqual(answer.body.error, "authorization_denied");
  });
});

describe("an authorization that comes back to the redirect URI of", () => {
  let two: TwoProviders;
  before(async () => {
    two = await TwoProviders.set("per_context");
  });
  after(() => two?.clear());

  const others: [string, string][] = [
    ["another provider", "/api/oauth/callback/honest/acme"],
    ["another tenant", "/api/oauth/callback/evil/globex"],
    ["all providers", "/api/oauth/callback"],
    ["its provider for all tenants", "/api/oauth/callback/evil"],
    ["its own, written otherwise", "/api/oauth/callback/evil/%61cme"],
  ];
  for (const [whose, path] of others)
    it(`${whose} is refused before a code is sent anywhere`, async () => {
      const { state, redirectUri } = await two.begin("evil");
      assert.match(redirectUri, /\/api\/oauth\/callback\/evil\/acme$/);

      const answer = await two.finish(path, { state, code: "acme", iss: two.evil.url });

      assert.equal(answer.status, 400);
      assert.equal(answer.body.error, "invalid_state");
      assert.equal(two.begun, 0);
    });

  it("its own reaches its own provider alone, and is spent by that", async () => {
    const { state } = await two.begin("evil");
    const query = { state, code: "acme", iss: two.evil.url };

    const answer = await two.finish("/api/oauth/callback/evil/acme", query);
    const again = await two.finish("/api/oauth/callback/evil/acme", query);

    assert.match(answer.headers.get("location") ?? "", /oauth=success/);
    assert.equal(again.status, 400);
    assert.deepEqual([two.evil.beginnings.length, two.honest.beginnings.length], [1, 0]);
  });
});
