// Health: what is known of grants before somebody complains, and what a refused token brings about.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { LedgerScene, ledgerProvider } from "../support/ledger_scene.ts";
import { until } from "../support/until.ts";

const hashOf = (token: string): string => createHash("sha256").update(token).digest("hex");

describe("health", () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, ["acme", "globex"]);
  });
  after(() => scene.clear());

  const list = async (query = "") => (await scene.evergrant.get(`/divine/oauth/health${query}`)).body.data;

  it("is listed in the envelope, under all its names", async () => {
    for (const path of ["/divine/oauth/health", "/api/divine/oauth/health", "/api/oauth/health"]) {
      const answer = await scene.evergrant.get(path);

      assert.equal(answer.status, 200);
      assert.equal(answer.body.success, true);
      assert.equal(answer.body.metadata.request_id, answer.headers.get("x-request-id"));
      assert.ok(answer.body.metadata.latency_ms >= 0);
      assert.equal(answer.body.data.tokens.length, 2);
    }
  });

  it("is reported of each connection, without its token", async () => {
    const { tokens, unhealthy, summary } = await list("?clientId=acme");

    assert.deepEqual(Object.keys(tokens[0]), ["clientId", "provider", "integrationId", "status", "lastRefresh", "expiresAt",
      "lastHealthCheck", "error", "grantedBy", "renewBy", "nextTry"]);
    assert.equal(tokens[0].clientId, "acme");
    assert.equal(tokens[0].provider, ledgerProvider);
    assert.equal(tokens[0].status, "healthy");
    assert.equal(unhealthy, 0);
    assert.deepEqual(summary, { healthy: 1, expiring: 0, refresh_failed: 0, invalid: 0 });
  });

  it("pages by a cursor", async () => {
    const first = await list("?limit=1");
    const second = await list(`?limit=1&cursor=${first.nextCursor}`);

    assert.deepEqual([first.tokens[0].clientId, second.tokens[0].clientId], ["acme", "globex"]);
    assert.equal(second.nextCursor, null);
  });

  it("may be read by an auditor and not by an application, whose refusal is in the envelope", async () => {
    const auditor = (await scene.evergrant.post("/api/keys", { name: "a", role: "auditor" })).body.key;
    const application = (await scene.evergrant.post("/api/keys", { name: "b", role: "app" })).body.key;

    assert.equal((await scene.evergrant.get("/divine/oauth/health", auditor)).status, 200);
    const refused = await scene.evergrant.get("/divine/oauth/health", application);
    assert.equal(refused.status, 403);
    assert.equal(refused.body.success, false);
    assert.equal(refused.body.metadata.error_code, "forbidden");
    assert.equal(refused.body.metadata.status_code, 403);
    assert.equal((await scene.evergrant.post("/divine/oauth/health/check", {}, auditor)).status, 403);
  });

  it("shows an auditor bound to one tenant that tenant alone", async () => {
    const key = (await scene.evergrant.post("/api/keys", { name: "c", role: "auditor", tenants: ["globex"] })).body.key;

    const own = await scene.evergrant.get("/divine/oauth/health", key);
    const another = await scene.evergrant.get("/divine/oauth/health?clientId=acme", key);

    assert.deepEqual(own.body.data.tokens.map((one: { clientId: string }) => one.clientId), ["globex"]);
    assert.deepEqual(another.body.data.tokens, []);
  });

  it("refuses what it does not know, naming it", async () => {
    const answer = await scene.evergrant.get("/divine/oauth/health?status=fine");

    assert.equal(answer.status, 400);
    assert.match(answer.body.error, /status must be healthy, expiring/);
  });

  it("is checked on demand, which says how many were checked", async () => {
    const before = (await list("?clientId=acme")).tokens[0].lastHealthCheck;

    const answer = await scene.evergrant.post("/divine/oauth/health/check", { clientId: "acme" });

    assert.equal(answer.status, 200);
    assert.equal(answer.body.data.checked, 1);
    assert.equal(answer.body.data.reports[0].status, "healthy");
    assert.ok(answer.body.data.reports[0].lastHealthCheck >= before);
  });

  it("shows how far a tenant's set-up has come", async () => {
    const ready = (await scene.evergrant.get("/divine/clients/acme/setup")).body.data.checklist;
    const nobody = (await scene.evergrant.get("/api/divine/clients/nobody/setup")).body.data.checklist;

    assert.deepEqual(ready, { tenantExists: true, appCredentials: true, connected: true, tokensHealthy: true,
      tokenHealth: { [ledgerProvider]: "healthy" }, ready: true, issues: [] });
    assert.equal(nobody.ready, false);
    assert.match(nobody.issues[0], /There is no tenant "nobody"/);
  });
});

describe("a token that the provider's API refuses", () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, ["acme", "globex"]);
  });
  after(() => scene.clear());

  const report = (tenant: string, token: string) =>
    scene.evergrant.post("/api/oauth/token", { tenantId: tenant, integrationId: ledgerProvider, rejected: hashOf(token) });

  it("is refreshed once, however many report it at once", async () => {
    const held = (await scene.read("acme")).body.accessToken;

    const answers = await Promise.all(Array.from({ length: 20 }, () => report("acme", held)));

    const tokens = new Set(answers.map((one) => one.body.accessToken));
    assert.deepEqual(new Set(answers.map((one) => one.status)), new Set([200]));
    assert.equal(tokens.size, 1);
    assert.equal(tokens.has(held), false);
  });

  it("is answered with the current one if it was replaced already", async () => {
    const current = (await scene.read("acme")).body.accessToken;

    const answer = await report("acme", "a token of long ago");

    assert.equal(answer.body.accessToken, current);
  });

  it("is not refreshed each time by an application that reports every token", async () => {
    let statuses: number[] = [];
    for (let tries = 0; tries < 5; ++tries)
      statuses.push((await report("acme", (await scene.read("acme")).body.accessToken)).status);

    assert.equal(statuses.at(-1), 429);
    assert.equal((await scene.read("acme")).status, 200);
  });

  it("ends the connection at once if its grant turns out dead", async () => {
    const held = (await scene.read("globex")).body.accessToken;
    scene.provider.revoke("globex");

    const answer = await report("globex", held);

    assert.equal(answer.status, 409);
    assert.equal(answer.body.error, "reauthorization_required");
    assert.equal((await scene.read("globex")).status, 409);
    const { tokens, unhealthy } = (await scene.evergrant.get("/divine/oauth/health?status=invalid")).body.data;
    assert.equal(tokens[0].clientId, "globex");
    assert.equal(unhealthy, 1);
  });

  it("must be named by its hash", async () => {
    const answer = await scene.evergrant.post("/api/oauth/token",
      { tenantId: "acme", integrationId: ledgerProvider, rejected: "the token itself" });

    assert.equal(answer.status, 400);
    assert.equal(answer.body.details[0].field, "rejected");
  });
});

describe("a connection without a refresh token", () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await LedgerScene.set({ policy: "static" }, ["acme"], {}, 3, (provider) => {
      provider.members = { refresh_token: undefined };
    });
  });
  after(() => scene.clear());

  it("is found dead when its token expires, without anybody asking", async () => {
    const reports = async () => (await scene.evergrant.get("/divine/oauth/health")).body.data.tokens[0];
    assert.notEqual((await reports()).status, "invalid");

    await until("its death", async () => (await reports()).status === "invalid");

    assert.match((await reports()).error, /expired and the provider gave no refresh token/);
  });
});

describe("a provider whose entry names a cheap read", () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, ["acme"], {}, 3600, (provider) => {
      provider.entry = `api_base_url: ${provider.url}/api\nhealth_probe: /me\n`;
      provider.members = { refresh_token_expires_in: 8_640_000 };
    });
  });
  after(() => scene.clear());

  const check = async () => (await scene.evergrant.post("/divine/oauth/health/check", { clientId: "acme" })).body.data;

  it("is asked by it with the token held, which is refreshed only if it is refused", async () => {
    const held = scene.provider.accessToken("acme");
    const shown: string[] = [];
    scene.provider.api = (token) => (shown.push(token), 200);

    const { checked, reports } = await check();

    assert.equal(checked, 1);
    assert.equal(reports[0].status, "healthy");
    assert.deepEqual(shown, [held]);
    assert.equal(scene.provider.presentationsOf("acme").length, 0);
  });

  it("says until when a person must renew the grant", async () => {
    const { renewBy } = (await scene.evergrant.get("/divine/oauth/health")).body.data.tokens[0];

    const days = (Date.parse(renewBy) - Date.now()) / 86_400_000;
    assert.ok(days > 99.9 && days <= 100, renewBy);
  });

  it("may be away without any harm to the connection, which tells it", async () => {
    scene.provider.api = () => 503;

    const { reports } = await check();

    assert.equal(reports[0].status, "healthy");
    assert.match(reports[0].error, /status 503/);
    assert.equal((await scene.read("acme")).status, 200);
  });

  it("shows a grant dead that was revoked there, before anybody uses it", async () => {
    scene.provider.api = () => 401;
    scene.provider.revoke("acme");

    const { unhealthy, reports } = await check();

    assert.equal(unhealthy, 1);
    assert.equal(reports[0].status, "invalid");
    assert.equal((await scene.read("acme")).status, 409);
  });

  it("leaves no token in the log", () => {
    assert.equal(scene.evergrant.log.includes(scene.provider.accessToken("acme")), false);
  });
});
