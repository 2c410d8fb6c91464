// Two replicas of one database tell of what dies once between them, and of the loss of the database itself past it.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { webhookSecret } from "../functional/support/alert_scene.ts";
import { Evergrant } from "../functional/support/evergrant.ts";
import { HttpSink } from "../functional/support/http_sink.ts";
import { until } from "../functional/support/until.ts";
import { freePort } from "./support/network.ts";
import { noPostgres, PostgresServer } from "./support/postgres.ts";

const deaths = 20_000;

describe("alerts of a fleet", { skip: noPostgres }, () => {
  let postgres: PostgresServer;
  let sink: HttpSink;
  const replicas: Evergrant[] = [];
  const told = (rule: string) => sink.json("/").map((one) => one.data).filter((one) => one.rule === rule);
  before(async () => {
    postgres = new PostgresServer({ name: "postgres", address: "127.0.0.1", enter: [] }, await freePort("127.0.0.1"));
    await postgres.create();
    sink = await HttpSink.start();
    const environment = {
      EVERGRANT_DEV: "true",
      DATABASE_URL: postgres.url,
      ENCRYPTION_KEY: randomBytes(32).toString("hex"),
      EVERGRANT_ALERTS_EVALUATE_SECONDS: "1",
      EVERGRANT_ALERTS_WEBHOOK_URL: sink.url,
      EVERGRANT_ALERTS_WEBHOOK_SECRET: webhookSecret,
    };
    for (let index = 0; index < 2; ++index) {
      const adminKey = replicas[0]?.adminKey;
      replicas.push(await Evergrant.start({ environment, ...(adminKey === undefined ? {} : { adminKey }) }));
    }
  });
  after(async () => {
    for (const replica of replicas) await replica.remove();
    await sink.stop();
    await postgres.remove();
  });

  it("tell of each death once, although one replica is killed on the way", async () => {
    await postgres.sql(`
      INSERT INTO oauth_tokens (tenant_id, integration_id, provider, status, generation, scopes, last_error, created_at, updated_at, params, token_type, lifetime_s)
      SELECT 'tenant-' || i, 'zoho_crm', 'zoho_crm', 'invalid', 1, '[]', 'Revoked.', 0, 0, '{}', 'Bearer', 3600 FROM generate_series(1, ${deaths}) i`);
    await until("some of it to be told", async () => Number(await postgres.sql("SELECT count(*) FROM oauth_tokens WHERE told_status = 'invalid'")) > 1_000, 60_000);
    await replicas[0]?.end("SIGKILL");

    await until("the message", () => told("connection_dead").length > 0, 90_000);

    assert.deepEqual(told("connection_dead").map((one) => one.count), [deaths]);
    await replicas[0]?.run();
  });

  it("tell of the database's loss past it, once each, and of its return", async () => {
    await postgres.end("SIGKILL");
    await until("both", () => told("database_lost").length >= 2, 120_000);
    assert.ok(told("database_lost").every((one) => !one.ends && one.severity === "critical"));

    await postgres.run();

    await until("both ends", () => told("database_lost").filter((one) => one.ends).length >= 2, 60_000);
    assert.equal(told("database_lost").length, 4);
  });
});
