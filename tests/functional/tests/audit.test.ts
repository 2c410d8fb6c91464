// Who did what: every kind of event appears in the audit log, with who did it, and the log verifies; and the master key is
// replaced while the server runs.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { LedgerScene, ledgerProvider } from "../support/ledger_scene.ts";
import { until } from "../support/until.ts";

interface Event {
  actor: string;
  role: string;
  action: string;
  tenant: string;
  integration: string;
  outcome: string;
  address: string;
  detail: string;
}

const idOf = (key: string) => key.split("_")[1] ?? "";

describe("the audit log", () => {
  let scene: LedgerScene;
  let application = "";
  before(async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, ["acme"], { environment: { EVERGRANT_AUDIT_WINDOW_SECONDS: "1" } });
    const made = await scene.evergrant.post("/api/keys", { name: "app", role: "app", tenants: ["acme"] });
    application = made.body.key;
  });
  after(() => scene.clear());

  const events = async (query: string): Promise<Event[]> => (await scene.evergrant.get(`/api/audit?${query}`)).body.events;
  const soon = async (query: string): Promise<Event> => {
    let found: Event | undefined;
    await until(query, async () => (found = (await events(query))[0]) !== undefined);
    if (found === undefined) throw new Error(query);
    return found;
  };

  it("tells which key read which connection, from where, and how often", async () => {
    await Promise.all(Array.from({ length: 50 }, () => scene.evergrant.get(`/api/oauth/token/acme/${ledgerProvider}`, application)));

    const read = await soon(`action=token.vend&actor=${idOf(application)}`);

    assert.equal(read.role, "app");
    assert.equal(read.tenant, "acme");
    assert.equal(read.integration, ledgerProvider);
    assert.equal(read.outcome, "ok");
    assert.equal(read.address, "127.0.0.1");
    await until("all 50 reads are told of", async () => {
      const all = await events(`action=token.vend&actor=${idOf(application)}`);
      const count = all.reduce((sum, one) => sum + (one.detail === "" ? 1 : JSON.parse(one.detail).count), 0);
      return count === 50;
    });
  });

  it("tells of a read that the key may not make", async () => {
    await scene.evergrant.post("/api/tenants", { id: "globex", name: "globex" });
    await scene.evergrant.get(`/api/oauth/token/globex/${ledgerProvider}`, application);

    const refused = await soon("action=token.vend&tenant=globex");

    assert.equal(refused.outcome, "forbidden");
    assert.equal(refused.actor, idOf(application));
  });

  it("tells of those who are turned away", async () => {
    await scene.evergrant.get("/api/tenants", application);
    await scene.evergrant.get("/api/tenants", "eg_0000_wrong");

    const forbidden = await soon("action=access.deny&outcome=forbidden");
    const unknown = await soon("action=access.deny&outcome=invalid_credentials");

    assert.equal(forbidden.actor, idOf(application));
    assert.equal(forbidden.integration, "/api/tenants");
    assert.equal(unknown.actor, "");
  });

  it("tells of every change and of who made it", async () => {
    const { evergrant } = scene;
    await scene.refresh("acme");
    await evergrant.call("PATCH", "/api/tenants/globex", { name: "Globex" });
    await evergrant.call("DELETE", "/api/tenants/globex");
    await evergrant.call("DELETE", "/api/tenants/globex");
    const made = await evergrant.post("/api/keys", { name: "short-lived", role: "auditor" });
    await evergrant.call("DELETE", `/api/keys/${made.body.id}`);
    await evergrant.post("/api/oauth/revoke", { tenantId: "acme", integrationId: ledgerProvider });

    const admin = idOf(evergrant.adminKey);
    const wanted: [string, Partial<Event>][] = [
      ["tenant.create&tenant=acme", { actor: admin, outcome: "ok" }],
      ["tenant.change&tenant=globex", { actor: admin, outcome: "ok" }],
      ["tenant.remove&tenant=globex&outcome=ok", { actor: admin }],
      ["tenant.remove&tenant=globex&outcome=tenant_not_found", { actor: admin }],
      ["credentials.save", { actor: admin, integration: ledgerProvider, outcome: "ok" }],
      ["authorization.begin", { actor: admin, tenant: "acme", integration: ledgerProvider, outcome: "ok" }],
      ["authorization.finish", { actor: admin, tenant: "acme", integration: ledgerProvider, outcome: "ok" }],
      ["token.refresh", { actor: "system", tenant: "acme", outcome: "ok" }],
      ["key.create", { actor: admin, integration: made.body.id, outcome: "ok" }],
      ["key.revoke", { actor: admin, integration: made.body.id, outcome: "ok" }],
      ["connection.revoke", { actor: admin, tenant: "acme", integration: ledgerProvider, outcome: "ok" }],
    ];
    for (const [query, expected] of wanted) {
      const event = await soon(`action=${query}`);
      for (const [name, value] of Object.entries(expected)) assert.equal(event[name as keyof Event], value, `${name} of ${query}`);
    }
  });

  it("holds no secret", async () => {
    const text = JSON.stringify((await scene.evergrant.get("/api/audit?limit=1000")).body);

    for (const secret of [application, scene.evergrant.adminKey, "a secret"]) assert.ok(!text.includes(secret.replace(/^eg_[^_]*_/, "")));
  });

  it("shows a key that is bound to one tenant that tenant's events alone", async () => {
    const { evergrant } = scene;
    const bound = (await evergrant.post("/api/keys", { name: "their auditor", role: "auditor", tenants: ["acme"] })).body.key;

    const own = await evergrant.get("/api/audit?limit=1000", bound);
    const others = await evergrant.get("/api/audit?tenant=globex", bound);

    assert.deepEqual([...new Set(own.body.events.map((one: Event) => one.tenant))], ["acme"]);
    assert.equal(others.status, 403);
  });

  it("tells of callbacks that nobody awaits, counted", async () => {
    for (let times = 0; times < 3; ++times) await scene.evergrant.get("/api/oauth/callback?code=x&state=unknown", "");

    const refused = await soon("action=access.deny&outcome=invalid_state");

    assert.equal(refused.actor, "");
    assert.equal(refused.integration, "/api/oauth/callback");
  });

  it("is for auditors, and not for applications", async () => {
    const auditor = await scene.evergrant.post("/api/keys", { name: "auditor", role: "auditor" });

    assert.equal((await scene.evergrant.get("/api/audit", auditor.body.key)).status, 200);
    assert.equal((await scene.evergrant.get("/api/audit", application)).status, 403);
  });

  it("verifies, by the server and without it, and agrees with a checkpoint kept before", async () => {
    const { evergrant } = scene;
    const environment = { EVERGRANT_URL: evergrant.url, EVERGRANT_API_KEY: evergrant.adminKey };
    const checkpoint = path.join(evergrant.folder, "checkpoint.json");
    writeFileSync(checkpoint, evergrant.command(["audit", "checkpoint"], environment).stdout);
    await evergrant.post("/api/tenants", { id: "later", name: "later" });
    await soon("action=tenant.create&tenant=later");

    const online = evergrant.command(["audit", "verify", "--checkpoint", checkpoint], environment);
    const exported = path.join(evergrant.folder, "audit.jsonl");
    writeFileSync(exported, evergrant.command(["audit", "export"], environment).stdout);
    const offline = evergrant.command(["audit", "verify", "--file", exported, "--checkpoint", checkpoint]);

    assert.equal(online.status, 0, online.stderr);
    assert.match(online.stderr, /The checkpoint stands/);
    assert.equal(offline.status, 0, offline.stderr);
  });

  it("loses nothing of an orderly stop", async () => {
    const { evergrant } = scene;
    await scene.connect("acme");
    await evergrant.get(`/api/oauth/token/acme/${ledgerProvider}?minTtl=1`, application);
    const before = (await evergrant.get("/api/audit/verify")).body.last.sequence;

    await evergrant.end();
    await evergrant.run();

    assert.ok((await evergrant.get("/api/audit/verify")).body.last.sequence > before);
    assert.equal((await evergrant.get("/api/audit/verify")).body.ok, true);
  });
});

describe("the master key", () => {
  let scene: LedgerScene;
  before(async () => (scene = await LedgerScene.set({ policy: "strictly" }, ["acme"])));
  after(() => scene.clear());

  it("is replaced by a server that runs, and the old one is then good for nothing", async () => {
    const { evergrant } = scene;
    const old = evergrant.environment["ENCRYPTION_KEY"] ?? "";
    const key = randomBytes(32).toString("hex");
    await evergrant.end();
    evergrant.environment["ENCRYPTION_KEY"] = `${key},${old}`;
    await evergrant.run();

    const rotated = evergrant.command(["keys", "rotate-master"], { EVERGRANT_URL: evergrant.url, EVERGRANT_API_KEY: evergrant.adminKey });
    const told = (await evergrant.get("/api/keys/master")).body;
    const read = await scene.read("acme");
    await evergrant.end();
    evergrant.environment["ENCRYPTION_KEY"] = key;
    await evergrant.run();
    const without = await scene.refresh("acme");

    assert.equal(rotated.status, 0, rotated.stderr);
    assert.match(rotated.stdout, /the others may be taken out/);
    assert.equal(told.remaining, 0);
    assert.deepEqual(told.mayBeTakenOut, [told.ring[1]]);
    assert.equal(read.status, 200);
    assert.equal(without.status, 200);
    assert.equal((await evergrant.get("/api/audit/verify")).body.ok, true);
    await evergrant.end();
    const oldAlone = evergrant.command(["keys", "list"], { ENCRYPTION_KEY: old });
    assert.notEqual(oldAlone.status, 0);
  });
});
