// A grant lives: obtained from a real authorization server, kept, refreshed, read and revoked.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Browser } from "../support/browser.ts";
import { Scene, provider, tenant, until } from "../support/scene.ts";

describe("a grant", () => {
  let scene: Scene;
  before(async () => {
    scene = await Scene.set({ accessTokenSeconds: 4 }, { flags: ["--log-level", "trace"] });
  });
  after(() => scene.clear());

  const read = () => scene.evergrant.get(`/api/oauth/token/${tenant}/${provider}`);

  it("does not exist before somebody authorizes", async () => {
    const answer = await read();

    assert.equal(answer.status, 404);
    assert.equal(answer.body.error, "no_connection");
  });

  it("is obtained by authorize, login, consent and callback", async () => {
    const landed = await scene.connect();

    assert.match(landed, new RegExp(`/admin/clients/${tenant}\\?oauth=success&provider=${provider}$`));
    const status = await scene.evergrant.get(`/api/oauth/status/${tenant}?provider=${provider}`);
    assert.equal(status.body.tokens[0].hasToken, true);
    assert.equal(status.body.tokens[0].status, "healthy");
  });

  it("is read with its token, type, expiry, scopes and metadata, and never cached by others", async () => {
    const answer = await read();

    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.ok(answer.body.accessToken.length > 20);
    assert.equal(answer.body.tokenType, "Bearer");
    assert.match(answer.body.expiresAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(answer.body.scopes.includes("offline_access"));
  });

  it("is refreshed before it expires, each refresh token presented once", async () => {
    const first = (await read()).body.accessToken;

    await until("another access token", async () => (await read()).body.accessToken !== first);

    assert.ok(scene.server.ledger.length >= 1);
    assert.deepEqual(new Set(scene.presentations()), new Set([1]));
    assert.ok(scene.server.ledger.every((one) => one.outcome === "granted"));
  });

  it("serves on until it is replaced, and is then revoked at the provider", async () => {
    const kept = await scene.evergrant.post(`/api/oauth/reauthorize/${tenant}`, { provider, keepUntilReplaced: true });
    assert.equal(kept.status, 200);
    assert.equal((await read()).status, 200);
    assert.equal(scene.server.revoked, 0);

    await scene.connect();

    await until("the revocation of the old grant", () => scene.server.revoked === 1);
    const first = (await read()).body.accessToken;
    await until("a refresh of the new grant", async () => (await read()).body.accessToken !== first);
  });

  it("survives a restart", async () => {
    assert.deepEqual(await scene.evergrant.end("SIGTERM"), { code: 0, signal: null });
    await scene.evergrant.run();

    const answer = await read();

    assert.equal(answer.status, 200);
  });

  it("leaves no secret in the logs at trace level", () => {
    const presented = scene.server.ledger.map((one) => one.refreshToken);

    // The secret of a key may hold underscores itself.
    const adminSecret = scene.evergrant.adminKey.split("_").slice(2).join("_");
    const masterKey = scene.evergrant.environment["ENCRYPTION_KEY"] ?? "";

    for (const secret of [...presented, adminSecret, masterKey]) {
      assert.ok(secret.length >= 20);
      assert.equal(scene.evergrant.log.includes(secret), false);
    }
  });

  it("is revoked here and at the provider", async () => {
    const revoked = await scene.evergrant.post("/api/oauth/revoke", { tenantId: tenant, integrationId: provider });

    assert.equal(revoked.body.revokedAtProvider, true);
    assert.equal((await read()).status, 404);
  });
});

describe("a callback", () => {
  let scene: Scene;
  before(async () => {
    scene = await Scene.set();
  });
  after(() => scene.clear());

  const start = async () => (await scene.evergrant.get(`/api/oauth/authorize/${tenant}?provider=${provider}`)).body;

  it("with an unknown state is refused", async () => {
    const answer = await scene.evergrant.get("/api/oauth/callback?code=x&state=unknown", "");

    assert.equal(answer.status, 400);
    assert.equal(answer.body.error, "invalid_state");
    assert.equal(answer.body.message, "Invalid or expired state");
  });

  it("spends its state once", async () => {
    const browser = new Browser();
    const { authUrl } = await start();
    const page = await scene.server.approve(authUrl, browser);
    assert.match(page.url, /oauth=success/);
    const callback = browser.visited.find((url) => url.includes("/api/oauth/callback")) ?? "";

    const again = await scene.evergrant.get(callback.slice(scene.evergrant.publicUrl.length), "");

    assert.equal(again.status, 400);
    assert.equal(again.body.error, "invalid_state");
  });

  it("from another issuer is refused", async () => {
    const { state } = await start();

    const answer = await scene.evergrant.get(`/api/oauth/callback?code=x&state=${state}&iss=https%3A%2F%2Fevil.example`, "");

    assert.equal(answer.status, 400);
  });

  it("with the provider's error says which, as a page for a browser", async () => {
    const { state } = await start();
    const issuer = encodeURIComponent(scene.server.url);

    const answer = await scene.evergrant.get(
      `/api/oauth/callback?error=access_denied&error_description=%3Cscript%3E&state=${state}&iss=${issuer}`, "", { accept: "text/html" });

    assert.equal(answer.status, 400);
    assert.match(answer.body, /access_denied/);
    assert.equal(answer.body.includes("<script>"), false);
    assert.match(answer.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  });

  it("of an authorization begun for an end user needs the browser that began it", async () => {
    const key = (await scene.evergrant.post("/api/keys", { name: "application", role: "app", tenants: [tenant] })).body.key;
    const order = { provider, tenantId: tenant, integrationId: "mine" };
    const started = await scene.evergrant.post("/api/oauth/authorize", order, key);
    assert.match(started.body.authorizationUrl, /\/api\/oauth\/start\//);

    const own = await scene.server.approve(started.body.authorizationUrl);
    const another = await scene.evergrant.post("/api/oauth/authorize", order, key);
    const opened = await fetch(another.body.authorizationUrl, { redirect: "manual" });
    const foreign = await scene.server.approve(opened.headers.get("location") ?? "");

    assert.match(own.url, /oauth=success/);
    assert.equal(foreign.status, 400);
    assert.match(foreign.text, /Invalid or expired state/);
  });
});
