// A hundred thousand grants die at once, and the server is killed while it tells of them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { webhookSecret } from "../support/alert_scene.ts";
import { Evergrant } from "../support/evergrant.ts";
import { HttpSink } from "../support/http_sink.ts";
import { until } from "../support/until.ts";

const deaths = 100_000;

describe("a hundred thousand deaths at once", () => {
  let evergrant: Evergrant;
  let sink: HttpSink;
  const metric = async (name: string) => Number(new RegExp(`^${name} (\\S+)`, "m").exec((await evergrant.get("/metrics")).body)?.[1]);
  const listed = async () => (await evergrant.get("/api/alerts?rule=connection_dead")).body.alerts as any[];
  before(async () => {
    sink = await HttpSink.start();
    evergrant = await Evergrant.start({
      environment: {
        EVERGRANT_DEV: "true",
        EVERGRANT_ALERTS_WEBHOOK_URL: sink.url,
        EVERGRANT_ALERTS_WEBHOOK_SECRET: webhookSecret,
      },
    });
    await evergrant.end("SIGTERM");
    execFileSync("sqlite3", [path.join(evergrant.folder, "data/evergrant.db"), `
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${deaths})
      INSERT INTO oauth_tokens (tenant_id, integration_id, provider, status, generation, scopes, last_error, created_at, updated_at, params, token_type, lifetime_s)
      SELECT 'tenant-' || i, 'zoho_crm', 'zoho_crm', 'invalid', 1, '[]', 'Revoked.', 0, 0, '{}', 'Bearer', 3600 FROM n;`]);
  });
  after(async () => {
    await evergrant.remove();
    await sink.stop();
  });

  it("are one message, though the server is killed on the way, and take no memory", async () => {
    await evergrant.run();
    const memory = await metric("process_resident_memory_bytes");
    await until("some of it to be told", async () => (await listed())[0]?.count > 10_000, 60_000);
    const grown = (await metric("process_resident_memory_bytes")) - memory;
    await evergrant.end("SIGKILL");

    await evergrant.run();

    await until("the message", () => sink.received.length > 0, 90_000);
    const [alert] = await listed();
    assert.equal(sink.received.length, 1);
    assert.equal(JSON.parse(sink.received[0]?.body ?? "").data.count, deaths);
    assert.equal(alert.count, deaths);
    assert.equal((await listed()).length, 1);
    assert.ok(grown < 64 * 1024 * 1024, `${grown} bytes`);
  });
});
