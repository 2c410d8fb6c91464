// A grant that only a person can renew is about to end: the admin hears of it, by which day and where, once.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { impatient } from "../support/alert_scene.ts";
import { HttpSink } from "../support/http_sink.ts";
import { LedgerScene, ledgerProvider } from "../support/ledger_scene.ts";
import { until } from "../support/until.ts";

describe("a grant that ends in a day", () => {
  const daySeconds = 86_400;
  const frontend = "https://console.example.com";
  let scene: LedgerScene;
  let sink: HttpSink;
  before(async () => {
    sink = await HttpSink.start();
    scene = await LedgerScene.set({ policy: "strictly" }, ["acme"], {
      environment: { ...impatient, FRONTEND_URL: frontend, SLACK_WEBHOOK_URL: `${sink.url}/slack` },
    }, 3600, (provider) => {
      // The last notice comes due moments after the grant was obtained.
      provider.members = { refresh_token_expires_in: daySeconds + 2 };
    });
  });
  after(async () => {
    await scene.clear();
    await sink.stop();
  });

  it("is told with the day and the link that renews it", async () => {
    const { tokens } = (await scene.evergrant.get("/divine/oauth/health?clientId=acme")).body.data;
    const day = new Date(tokens[0].renewBy).toISOString().slice(0, 10);
    await until("the notice", () => sink.at("/slack").length === 1);

    const { text } = sink.json("/slack")[0];
    assert.ok(text.includes(`OAuth Token expiring: acme/${ledgerProvider}`), text);
    assert.ok(text.includes(`The grant ends on ${day}: a person must authorize again by then.`), text);
    assert.ok(text.includes(`${frontend}/admin/clients/acme`), text);
  });

  it("is listed as what it is", async () => {
    const { alerts } = (await scene.evergrant.get("/api/alerts?rule=renewal_due")).body;

    assert.deepEqual(alerts.map((one: any) => [one.severity, one.status, one.count]), [["error", "expiring", 1]]);
  });

  it("is told once, whatever restarts", async () => {
    await scene.evergrant.end("SIGKILL");
    await scene.evergrant.run();
    await until("some looks", async () => {
      const looks = /^evergrant_alert_looks_total (\d+)/m.exec((await scene.evergrant.get("/metrics")).body)?.[1];
      return Number(looks) >= 3;
    });

    assert.equal(sink.at("/slack").length, 1);
  });
});
