// Very many grants die at once, at one provider and at very many, and the server is killed while it tells of them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { AlertChannels } from "../support/alert_channels.ts";
import { webhookSecret } from "../support/alert_scene.ts";
import { Evergrant } from "../support/evergrant.ts";
import { HttpSink } from "../support/http_sink.ts";
import { until } from "../support/until.ts";

const deaths = 100_000;
const providers = Number(process.env["STORM_ALERTS"] ?? "2000");
const kills = 10;

/** Dead grants, of which nobody has been told; `provider` is an expression of their number `i`. */
function insertDead(evergrant: Evergrant, count: number, provider: string): void {
  execFileSync("sqlite3", [path.join(evergrant.folder, "data/evergrant.db"), `
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    INSERT INTO oauth_tokens (tenant_id, integration_id, provider, status, generation, scopes, last_error, created_at, updated_at, params, token_type, lifetime_s)
    SELECT 'tenant-' || i, 'crm', ${provider}, 'invalid', 1, '[]', 'Revoked.', 0, 0, '{}', 'Bearer', 3600 FROM n;`]);
}

/** Of memory that a process holds now, and the most that it ever held. */
function memoryOf(pid: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const megabytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024;
  return { now: megabytes("VmRSS"), most: megabytes("VmHWM") };
}

describe("a hundred thousand deaths at once", () => {
  let evergrant: Evergrant;
  let channels: AlertChannels;
  const listed = async () => (await evergrant.get("/api/alerts?rule=connection_dead")).body.alerts as any[];
  before(async () => {
    channels = await AlertChannels.open();
    evergrant = await Evergrant.start({
      environment: { EVERGRANT_DEV: "true", ...channels.environment, ALERT_SMS_RECIPIENTS: "+15550111", EVERGRANT_ALERTS_ROUTES: "connection_dead=slack+webhook+email+pagerduty+sms" },
    });
    await evergrant.end("SIGTERM");
    insertDead(evergrant, deaths, "'zoho_crm'");
  });
  after(async () => {
    await evergrant.remove();
    await channels.close();
  });

  it("are one message a channel, though the server is killed on the way, and take no memory", async (test) => {
    await evergrant.run();
    await until("some of it to be told", async () => (await listed())[0]?.count > 10_000, 60_000);
    await evergrant.end("SIGKILL");

    await evergrant.run();
    const { now } = memoryOf(evergrant.pid);

    await until("the messages", async () => (await listed())[0]?.deliveries.length === 5 && (await listed())[0].deliveries.every((one: any) => one.state === "delivered"), 90_000);
    const { sink, mail } = channels;
    const grown = memoryOf(evergrant.pid).most - now;
    test.diagnostic(`${grown.toFixed(1)} MB more at most`);
    assert.deepEqual(["/slack", "/webhook", "/pagerduty", "/twilio"].map((one) => sink.at(one).length).concat(mail.received.length), [1, 1, 1, 1, 1]);
    assert.equal(sink.json("/webhook")[0].data.count, deaths);
    assert.deepEqual((await listed()).map((one) => one.count), [deaths]);
    assert.ok(grown < 64, `${grown} MB`);
  });
});

describe("thousands of alerts", () => {
  let evergrant: Evergrant;
  let sink: HttpSink;
  before(async () => {
    sink = await HttpSink.start();
    evergrant = await Evergrant.start({
      environment: { EVERGRANT_DEV: "true", EVERGRANT_ALERTS_WEBHOOK_URL: sink.url, EVERGRANT_ALERTS_WEBHOOK_SECRET: webhookSecret, EVERGRANT_ALERTS_SETTLE_SECONDS: "0" },
    });
    await evergrant.end("SIGTERM");
    insertDead(evergrant, providers, "'provider-' || i");
  });
  after(async () => {
    await evergrant.remove();
    await sink.stop();
  });

  it("arrive, every one, however often the server is killed, and one that comes again has the same id", async (test) => {
    for (let kill = 0; kill < kills; ++kill) {
      await evergrant.run();
      const enough = sink.received.length + Math.ceil(Math.random() * (providers / kills));
      await until("some to be sent", () => sink.received.length >= enough, 60_000);
      await evergrant.end("SIGKILL");
    }
    await evergrant.run();
    const ids = new Map<string, Set<unknown>>();
    let seen = 0;

    await until("all of them", () => {
      for (const one of sink.received.slice(seen)) {
        const { tenant } = JSON.parse(one.body).data;
        ids.set(tenant, (ids.get(tenant) ?? new Set()).add(one.headers["webhook-id"]));
      }
      seen = sink.received.length;
      return ids.size === providers;
    }, 180_000);

    test.diagnostic(`${seen - providers} of ${providers} came again after ${kills} kills`);
    assert.deepEqual([...ids].filter(([, some]) => some.size !== 1), []);
    assert.equal(new Set([...ids.values()].flatMap((some) => [...some])).size, providers);
  });
});
