// Nothing that must stay secret is in what a server writes or answers, at the most talkative level, whatever goes wrong.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { AlertChannels, channelSecrets } from "../support/alert_channels.ts";
import { impatient } from "../support/alert_scene.ts";
import type { Answer } from "../support/evergrant.ts";
import type { Fate } from "../support/ledger_provider.ts";
import { LedgerScene, ledgerProvider } from "../support/ledger_scene.ts";
import { until } from "../support/until.ts";

const tenant = "acme";
/** Grants that come to harm, which alerts tell. */
const [failing, dead, refused] = ["failing", "dead", "refused"];
const everyChannel = "slack+webhook+email+pagerduty+sms";
const alertRules = ["connection_failing", "connection_dead", "app_refused"];
const clientSecret = "canary-client-secret-5f2c9e";
const spoiltCode = "canary-code-77aa01";
const wrongKey = `eg_abcdefgh_${"canarysecretofakey".repeat(2)}`;
const jwtSecret = "canary-jwt-secret-of-at-least-32-bytes";

describe("a server that logs everything", () => {
  let scene: LedgerScene;
  let channels: AlertChannels;
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

  /** A provider that says why it does not refresh, in words that hold all it was sent. */
  function quoting(fate: Fate, error?: string): void {
    scene.provider.fate = (grant) => {
      const said = `${scene.provider.ledger.at(-1)?.refreshToken} ${scene.provider.accessToken(grant)} ${clientSecret}`;
      return { ...fate, members: { ...(error === undefined ? {} : { error }), error_description: said, error_uri: `https://example.com/?why=${said}`, message: said } };
    };
  }

  /** Grants fail, die and are refused; afterwards everybody has been told of it. */
  async function alarm(): Promise<void> {
    quoting({ failWith: 503 });
    await scene.refresh(failing);
    quoting({});
    scene.provider.revoke(dead);
    await scene.refresh(dead);
    quoting({ failWith: 401 }, "invalid_client");
    await scene.refresh(refused);
    await until("all alerts in all channels", async () => {
      const { alerts } = (await scene.evergrant.get("/api/alerts")).body;
      return alertRules.every((rule) => alerts.some((one: any) => one.rule === rule && one.deliveries.length === 6 && one.deliveries.every((to: any) => to.state === "delivered")));
    });
    scene.provider.fate = () => ({});
  }

  /** Another master key, put first while the server runs on. */
  async function rotateMasterKey(): Promise<void> {
    const { evergrant } = scene;
    secrets.set("the first master key", evergrant.environment["ENCRYPTION_KEY"] ?? "");
    const newKey = randomBytes(32).toString("hex");
    secrets.set("the second master key", newKey);
    await evergrant.end();
    evergrant.environment["ENCRYPTION_KEY"] = `${newKey},${evergrant.environment["ENCRYPTION_KEY"]}`;
    await evergrant.run();
    note(await evergrant.post("/api/keys/master/rotate", {}));
    await until("the rotation", async () => (await evergrant.get("/api/keys/master")).body.remaining === 0);
  }

  before(async () => {
    channels = await AlertChannels.open();
    scene = await LedgerScene.set({ policy: "with_grace", graceSeconds: 600 }, [tenant, failing, dead, refused], {
      flags: ["--log-level", "trace"],
      environment: {
        ...impatient,
        ...channels.environment,
        JWT_SECRET: jwtSecret,
        EVERGRANT_ALERTS_FAILING_AFTER_MINUTES: "0",
        EVERGRANT_ALERTS_ROUTES: alertRules.map((rule) => `${rule}=${everyChannel}`).join(","),
      },
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
    await alarm();
    await rotateMasterKey();
    await scene.refresh(tenant);
    const started = await evergrant.get(`/api/oauth/authorize/${tenant}?provider=${ledgerProvider}`);
    secrets.set("a state", started.body.state);
    note(await evergrant.get(`/api/oauth/callback?code=${tenant}&state=${encodeURIComponent(started.body.state)}`, ""));
    const key = await evergrant.post("/api/keys", { name: "reader", role: "app" });
    secrets.set("an API key", key.body.key.slice(-24));
    for (const route of ["/api/keys", `/api/credentials/${ledgerProvider}`, `/api/oauth/status/${tenant}`, "/api/providers", "/readyz", "/divine/oauth/health", "/api/alerts", "/api/keys/master", "/api/audit?limit=1000", "/api/audit/checkpoint"]) note(await evergrant.get(route));
    note(await evergrant.post("/api/oauth/revoke", { clientId: tenant, provider: ledgerProvider }));
    for (const [index, one] of provider.ledger.entries()) {
      secrets.set(`refresh token ${index}`, one.refreshToken);
      if (one.issued !== undefined) secrets.set(`access token ${index}`, one.issued);
    }
    const given = { clientSecret, spoiltCode, jwtSecret, "the admin key": evergrant.adminKey.slice(-24), "a wrong key": wrongKey.slice(-24) };
    for (const [what, secret] of Object.entries(given)) secrets.set(what, secret);
  });
  after(async () => {
    await scene?.clear();
    await channels?.close();
  });

  function expectNoneIn(text: string, sought: Iterable<[string, string]> = [...secrets, ...Object.entries(channelSecrets)]): void {
    for (const [what, secret] of sought) {
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

  it("sends no secret through any channel of alerts, but Slack's its path and PagerDuty's its key", () => {
    const own: Record<string, string> = { slack: "slackPath", pagerduty: "pagerDuty" };
    for (const [channel, text] of channels.messages()) {
      for (const told of [/Token refresh_failed/, /Token invalid/, /App refused/]) assert.match(text, told, channel);

      expectNoneIn(text, [...secrets, ...Object.entries(channelSecrets).filter(([what]) => what !== own[channel])]);
    }
  });

  it("exports no secret with its audit log", async () => {
    const { evergrant } = scene;
    let exported = "";
    await until("the last event", () => {
      exported = evergrant.command(["audit", "export"], { EVERGRANT_URL: evergrant.url, EVERGRANT_API_KEY: evergrant.adminKey }).stdout;
      return exported.includes("connection.revoke");
    });

    for (const action of ["token.vend", "token.refresh", "master_key.rotate", "credentials.save"]) assert.ok(exported.includes(action), action);
    expectNoneIn(exported);
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
