// What /metrics of a replica says that has worked with all there is (PostgreSQL, Redis, a probe, channels of alerts), held
// against the judge of such things.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { AlertChannels } from "../functional/support/alert_channels.ts";
import { LedgerScene, ledgerProvider } from "../functional/support/ledger_scene.ts";
import { until } from "../functional/support/until.ts";
import { freePort } from "./support/network.ts";
import { noPostgres, PostgresServer } from "./support/postgres.ts";
import { RedisServer } from "./support/redis.ts";

const tenant = "acme";
const here = { address: "127.0.0.1", enter: [] };
const missing = noPostgres || (["promtool", "redis-server"].find((one) => spawnSync(one, ["--version"]).error)?.concat(" is not installed") ?? false);

describe("the metrics of a replica of a fleet", { skip: missing }, () => {
  let postgres: PostgresServer;
  let redis: RedisServer;
  let channels: AlertChannels;
  let scene: LedgerScene;
  let text = "";
  const read = async () => (text = String((await scene.evergrant.get("/metrics")).body));
  before(async () => {
    postgres = new PostgresServer({ name: "postgres", ...here }, await freePort(here.address));
    await postgres.create();
    redis = await RedisServer.start({ name: "redis", ...here }, await freePort(here.address));
    channels = await AlertChannels.open();
    scene = await LedgerScene.set({ policy: "with_grace", graceSeconds: 600 }, [tenant], {
      environment: {
        ...channels.environment,
        EVERGRANT_DEV: "true",
        DATABASE_URL: postgres.url,
        REDIS_URL: redis.url,
        ENCRYPTION_KEY: `${randomBytes(32).toString("hex")},${randomBytes(32).toString("hex")}`,
        EVERGRANT_ALERTS_SETTLE_SECONDS: "0",
        EVERGRANT_ALERTS_EVALUATE_SECONDS: "1",
        EVERGRANT_METRICS_TENANTS: "10",
      },
    }, 3600, (provider) => {
      provider.entry = `api_base_url: ${provider.url}/api\nhealth_probe: /me\n`;
    });
    await scene.read(tenant);
    await scene.evergrant.post("/divine/oauth/health/check", {});
    await scene.evergrant.get("/api/keys/master");
    scene.provider.revoke(tenant);
    await scene.refresh(tenant);
    await until("the alert's deliveries", async () => /^evergrant_alert_deliveries_total\{channel="slack",outcome="delivered"\} [1-9]/m.test(await read()));
    await until("the judgement of itself", async () => /^evergrant_store_up 1$/m.test(await read()));
  });
  after(async () => {
    await scene?.clear();
    await channels?.close();
    await redis?.remove();
    await postgres?.remove();
  });

  it("are what Prometheus's own checker accepts", () => {
    const checked = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });

    assert.equal(checked.status, 0, checked.stderr);
  });

  for (const [what, line] of Object.entries({
    "how long the database takes": /^evergrant_store_call_duration_seconds_count\{engine="postgresql?",use="\w+"\} [1-9]/m,
    "how long Redis takes": /^evergrant_redis_command_duration_seconds_count(\{[^}]*\})? [1-9]/m,
    "looks at connections": new RegExp(`^evergrant_health_checks_total\\{outcome="\\w+",provider="${ledgerProvider}"\\} [1-9]`, "m"),
    "what people were told of": /^evergrant_alert_connections_told_total [1-9]/m,
    "news between replicas": /^evergrant_news_total\{event="told"\} [1-9]/m,
    "what is sealed under which master key": /^evergrant_master_key_data_keys\{master_key="[0-9a-f]{8}"\} [1-9]/m,
    "what a tenant does": /^evergrant_tenant_events_total\{action="token.refresh",outcome="\w+",tenant="acme"\} [1-9]/m,
  }))
    it(`tell ${what}`, () => assert.match(text, line));
});
