// Nothing that must stay secret is in what a server writes or answers, at the most talkative level, whatever goes wrong.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { LedgerScene, ledgerProvider } from "../support/ledger_scene.ts";
import type { Answer } from "../support/evergrant.ts";

const tenant = "acme";
const clientSecret = "canary-client-secret-5f2c9e";
const spoiltCode = "canary-code-77aa01";
const wrongKey = `eg_abcdefgh_${"canarysecretofakey".repeat(2)}`;
const jwtSecret = "canary-jwt-secret-of-at-least-32-bytes";

describe("a server that logs everything", () => {
  let scene: LedgerScene;
  /** Every secret there was, by what it is. */
  const secrets = new Map<string, string>();
  /** All that was answered but the tokens themselves, where they are asked for. */
  const answered: string[] = [];

  const note = (answer: Answer) => answered.push(JSON.stringify(answer.body), JSON.stringify([...answer.headers]));

  /** What providers answer when they are ill-mannered: our own words, in an error. */
  async function provoke(): Promise<void> {
    const { evergrant, provider } = scene;
    const refreshToken = provider.ledger.at(-1)?.refreshToken ?? "";
    provider.fate = () => ({ failWith: 503 });
    note(await evergrant.get(`/api/oauth/token/${tenant}/${ledgerProvider}?minTtl=90000`, wrongKey));
    note(await evergrant.get(`/api/oauth/status/${tenant}`, "eyJhbGciOiJIUzI1NiJ9.canary-jwt-payload.canary-jwt-signature"));
    note(await evergrant.get(`/api/oauth/callback?code=${spoiltCode}&state=canary-state`, ""));
    note(await evergrant.get(`/api/oauth/callback?error=access_denied&error_description=${refreshToken}&state=canary-state`, ""));
    note(await evergrant.post("/api/oauth/token", { tenantId: tenant, integrationId: ledgerProvider, canary: clientSecret }));
    note(await evergrant.call("PUT", `/api/credentials/${ledgerProvider}`, { clientId: "", clientSecret }));
    provider.fate = () => ({});
  }

  before(async () => {
    scene = await LedgerScene.set({ policy: "with_grace", graceSeconds: 600 }, [tenant], {
      flags: ["--log-level", "trace"],
      environment: { JWT_SECRET: jwtSecret },
    });
    const { evergrant, provider } = scene;
    note(await evergrant.call("PUT", `/api/credentials/${ledgerProvider}`, { clientId: "evergrant", clientSecret }));
    secrets.set("the first access token", provider.accessToken(tenant));
    await scene.refresh(tenant);
    secrets.set("a refreshed access token", provider.accessToken(tenant));
    provider.fate = () => ({ hangUp: true });
    await scene.refresh(tenant).catch(() => undefined);
    provider.fate = () => ({});
    await provoke();
    const started = await evergrant.get(`/api/oauth/authorize/${tenant}?provider=${ledgerProvider}`);
    secrets.set("a state", started.body.state);
    note(await evergrant.get(`/api/oauth/callback?code=${tenant}&state=${encodeURIComponent(started.body.state)}`, ""));
    const key = await evergrant.post("/api/keys", { name: "reader", role: "app" });
    secrets.set("an API key", key.body.key.slice(-24));
    for (const route of ["/api/keys", `/api/credentials/${ledgerProvider}`, `/api/oauth/status/${tenant}`, "/api/providers", "/readyz"]) note(await evergrant.get(route));
    note(await evergrant.post("/api/oauth/revoke", { clientId: tenant, provider: ledgerProvider }));
    for (const [index, one] of provider.ledger.entries()) {
      secrets.set(`refresh token ${index}`, one.refreshToken);
      if (one.issued !== undefined) secrets.set(`access token ${index}`, one.issued);
    }
    const given = { clientSecret, spoiltCode, jwtSecret, "the master key": evergrant.environment["ENCRYPTION_KEY"] ?? "", "the admin key": evergrant.adminKey.slice(-24), "a wrong key": wrongKey.slice(-24) };
    for (const [what, secret] of Object.entries(given)) secrets.set(what, secret);
  });
  after(() => scene?.clear());

  function expectNoneIn(text: string): void {
    for (const [what, secret] of secrets) {
      assert.ok(secret.length >= 8, `${what} is a secret worth looking for`);
      assert.ok(!text.includes(secret), `${what} is there`);
    }
  }

  it("logs what happened, and no secret", () => {
    assert.match(scene.evergrant.log, /refresh_failed/);
    assert.match(scene.evergrant.log, /"level":"(trace|debug)"/);
    expectNoneIn(scene.evergrant.log);
  });

  it("answers no secret but those that are asked for", () => {
    expectNoneIn(answered.join("\n"));
  });

  it("shows no secret and no tenant in its metrics", async () => {
    const text = String((await scene.evergrant.get("/metrics")).body);

    assert.match(text, /evergrant_refreshes_total\{/);
    assert.ok(!text.includes(tenant), "a tenant is named");
    expectNoneIn(text);
  });

  it("keeps no secret in the clear in its data folder", () => {
    const folder = path.join(scene.evergrant.folder, "data");
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());

    assert.ok(files.length > 0);
    for (const file of files) expectNoneIn(readFileSync(path.join(file.parentPath ?? file.path, file.name)).toString("latin1"));
  });
});
