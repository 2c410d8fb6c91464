// An API key is about to end: whoever runs the server hears of it by name, once.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { impatient } from "../support/alert_scene.ts";
import { Evergrant } from "../support/evergrant.ts";
import { HttpSink } from "../support/http_sink.ts";
import { until } from "../support/until.ts";

describe("an API key that ends in a day", () => {
  const dayMilliseconds = 86_400_000;
  // The last notice comes due moments after the key was made.
  const expiresAt = new Date(Date.now() + dayMilliseconds + 3_000).toISOString().replace(/\.\d+Z$/, "Z");
  let evergrant: Evergrant;
  let sink: HttpSink;
  let id = "";
  let key = "";
  const metric = async (line: RegExp) => line.exec((await evergrant.get("/metrics")).body)?.[1];
  before(async () => {
    sink = await HttpSink.start();
    evergrant = await Evergrant.start({
      environment: { ...impatient, EVERGRANT_ALERTS_EVALUATE_SECONDS: "1", SLACK_WEBHOOK_URL: `${sink.url}/slack` },
    });
    ({ id, key } = (await evergrant.post("/api/keys", { name: "billing", role: "app", expiresAt })).body);
  });
  after(async () => {
    await evergrant.remove();
    await sink.stop();
  });

  it("is told of by its id and name, with the day, and without its secret", async () => {
    await until("the notice", () => sink.at("/slack").length === 1);

    const { text } = sink.json("/slack")[0];
    assert.ok(text.includes(`The API key ${id} (billing) ends on ${expiresAt.slice(0, 10)}: `), text);
    assert.equal(text.includes(key.slice(`eg_${id}_`.length)), false);
  });

  it("is counted for a scrape", async () => {
    assert.equal(await metric(/^evergrant_api_keys_expiring\{days="1"\} (\d+)$/m), "1");
  });

  it("is told of once, whatever restarts", async () => {
    await evergrant.end("SIGKILL");
    await evergrant.run();
    await until("some looks", async () => Number(await metric(/^evergrant_alert_looks_total (\d+)/m)) >= 4);

    assert.equal(sink.at("/slack").length, 1);
  });
});
