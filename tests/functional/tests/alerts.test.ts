// A grant is revoked at the provider: everybody who should hears of it, once, with what to do; and of its recovery.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AlertChannels, channelSecrets } from "../support/alert_channels.ts";
import { dies, impatient, isSigned, webhookSecret } from "../support/alert_scene.ts";
import { client } from "../support/authorization_server.ts";
import { HttpSink } from "../support/http_sink.ts";
import { Certificate, MailSink, mailUser } from "../support/mail_sink.ts";
import { Scene, provider, tenant, until } from "../support/scene.ts";

describe("a grant revoked at the provider", () => {
  let scene: Scene;
  let channels: AlertChannels;
  let sink: HttpSink;
  let mail: MailSink;
  const frontend = "https://console.example.com";
  const link = `${frontend}/admin/clients/${tenant}?provider=${provider}&integrationId=${provider}`;
  const title = `OAuth Token invalid: ${tenant}/${provider}`;
  before(async () => {
    channels = await AlertChannels.open();
    ({ sink, mail } = channels);
    scene = await Scene.set({ accessTokenSeconds: 2 }, {
      flags: ["--log-level", "trace"],
      environment: {
        ...impatient,
        ...channels.environment,
        FRONTEND_URL: frontend,
        EVERGRANT_ALERTS_ROUTES: "connection_dead=slack+webhook+email+pagerduty+sms",
      },
    });
    await scene.connect();
    await dies(scene);
  });
  after(async () => {
    await scene.clear();
    await channels.close();
  });

  const everywhere = () => [sink.at("/slack"), sink.at("/webhook"), sink.at("/pagerduty"), mail.received];

  it("is told through every channel", async () => {
    await until("every channel", () => everywhere().every((one) => one.length >= 1) && sink.at("/twilio").length >= 2);

    const slack = sink.json("/slack")[0].text;
    assert.ok(slack.includes(title) && slack.includes(link.replace("&", "&amp;")), slack);
    assert.ok(slack.includes("The provider no longer accepts this grant"), slack);
  });

  it("is told to webhooks signed, as JSON", () => {
    const [one] = sink.at("/webhook");
    assert.ok(one !== undefined && isSigned(one));
    const { type, data } = JSON.parse(one.body);
    assert.equal(type, "alert.connection_dead");
    assert.deepEqual(
      [data.id, data.tenant, data.provider, data.status, data.title, data.link, data.ends],
      [one.headers["webhook-id"], tenant, provider, "invalid", title, link, false],
    );
  });

  it("opens an incident", () => {
    const [event] = sink.json("/pagerduty");
    assert.deepEqual([event.routing_key, event.event_action, event.payload.summary], [channelSecrets.pagerDuty, "trigger", title]);
  });

  it("is sent as text messages to each number", () => {
    const messages = sink.at("/twilio");
    assert.ok(messages.every((one) => one.path === "/twilio/2010-04-01/Accounts/AC123/Messages.json"));
    assert.deepEqual(messages.map((one) => new URLSearchParams(one.body).get("To")).sort(), ["+15550111", "+15550122"]);
    assert.ok(messages.every((one) => new URLSearchParams(one.body).get("Body")?.includes(title)));
    assert.equal(messages[0]?.headers.authorization, `Basic ${Buffer.from(`AC123:${channelSecrets.twilio}`).toString("base64")}`);
  });

  it("is mailed over TLS, by our user, to all recipients", () => {
    const [one] = mail.received;
    assert.ok(one !== undefined);
    assert.deepEqual([one.secure, one.user, one.from, one.to], [true, mailUser.name, "alerts@example.com", ["ops@example.com", "lead@example.com"]]);
    assert.ok(one.headers.includes(`Subject: ${title}`), one.headers);
    assert.ok(one.text.includes(link), one.text);
  });

  it("is listed with what became of it in each channel", async () => {
    await until("the deliveries", async () => (await scene.evergrant.get("/api/alerts")).body.alerts[0].deliveries.every((one: any) => one.state === "delivered"));

    const { alerts, nextCursor } = (await scene.evergrant.get(`/api/alerts?clientId=${tenant}&provider=${provider}&rule=connection_dead`)).body;

    assert.equal(alerts.length, 1);
    assert.equal(nextCursor, null);
    assert.deepEqual(
      alerts[0].deliveries.map((one: any) => one.channel),
      ["email", "pagerduty", "slack", "sms:+15550111", "sms:+15550122", "webhook"],
    );
  });

  it("is told of again when somebody has renewed it, and its incident is resolved", async () => {
    const [trigger] = sink.json("/pagerduty");

    await scene.connect();

    await until("the recovery", () => sink.json("/webhook").some((one) => one.data.ends));
    const recovery = sink.json("/webhook").find((one) => one.data.ends);
    assert.equal(recovery.data.title, `OAuth Token recovered: ${tenant}/${provider}`);
    await until("the resolution", () => sink.json("/pagerduty").some((one) => one.event_action === "resolve"));
    assert.equal(sink.json("/pagerduty").find((one) => one.event_action === "resolve").dedup_key, trigger.dedup_key);
    await until("the mail", () => mail.received.some((one) => one.headers.includes("Subject: OAuth Token recovered")));
  });

  it("wakes nobody twice, not after a restart either", async () => {
    await scene.evergrant.end("SIGTERM");
    await scene.evergrant.run();
    await until("some looks", async () => {
      const looks = /^evergrant_alert_looks_total (\d+)/m.exec((await scene.evergrant.get("/metrics")).body)?.[1];
      return Number(looks) >= 3;
    });

    assert.deepEqual(everywhere().map((one) => one.length), [2, 2, 2, 2]);
    const listed = (await scene.evergrant.get("/api/alerts")).body.alerts;
    assert.deepEqual(listed.map((one: any) => one.deliveries.map((way: any) => way.channel).includes("pagerduty")).sort(), [false, true, true]);
  });

  it("leaves no secret of a channel in the logs", () => {
    for (const secret of Object.values(channelSecrets))
      assert.equal(scene.evergrant.log.includes(secret), false, secret);
  });
});

describe("an alert that is not taken", () => {
  let scene: Scene;
  let sink: HttpSink;
  const newest = async () => (await scene.evergrant.get("/api/alerts")).body.alerts[0];
  const delivered = async () => (await newest())?.deliveries[0]?.state === "delivered";
  before(async () => {
    sink = await HttpSink.start();
    scene = await Scene.set({ accessTokenSeconds: 2 }, {
      environment: { ...impatient, EVERGRANT_ALERTS_WEBHOOK_URL: sink.url, EVERGRANT_ALERTS_WEBHOOK_SECRET: webhookSecret },
    });
    await scene.connect();
  });
  after(async () => {
    await scene.clear();
    await sink.stop();
  });

  it("is tried again under the same id after a refusal", async () => {
    sink.answers = 503;
    await dies(scene);
    await until("the refusal", async () => (await newest())?.deliveries[0]?.error === "The receiver answered 503.");
    sink.answers = 200;

    await until("the delivery", delivered);

    const ids = sink.received.map((one) => one.headers["webhook-id"]);
    assert.ok(ids.length >= 2);
    assert.equal(new Set(ids).size, 1);
  });

  it("is sent by the next process, under the same id, when the one that sends it is killed", async () => {
    sink.answers = "nothing";
    const before = sink.received.length;
    await scene.connect();
    await until("the sending of the recovery", () => sink.received.length > before);
    await scene.evergrant.end("SIGKILL");
    sink.answers = 200;

    await scene.evergrant.run();

    await until("the delivery", delivered);
    const ids = sink.received.slice(before).map((one) => one.headers["webhook-id"]);
    assert.ok(ids.length >= 2);
    assert.equal(new Set(ids).size, 1);
    assert.equal((await scene.evergrant.get("/api/alerts")).body.alerts.length, 2);
  });
});

describe("a server that is not well", () => {
  let scene: Scene;
  let sink: HttpSink;
  before(async () => {
    sink = await HttpSink.start();
    scene = await Scene.set({}, {
      environment: { ...impatient, EVERGRANT_ALERTS_EVALUATE_SECONDS: "1", SLACK_WEBHOOK_URL: sink.url },
    });
  });
  after(async () => {
    await scene.clear();
    await sink.stop();
  });

  it("says so once, as long as it lasts", async () => {
    await until("the first judgement", async () => /evergrant_alert_looks_total [1-9]/.test((await scene.evergrant.get("/metrics")).body));
    for (let failed = 0; failed < 11; ++failed) {
      const started = await scene.evergrant.get(`/api/oauth/authorize/${tenant}?provider=${provider}`);
      await fetch(`${scene.evergrant.url}/api/oauth/callback?state=${started.body.state}&code=wrong&iss=${encodeURIComponent(scene.server.url)}`, { redirect: "manual" });
    }

    await until("the alert", () => sink.received.length >= 1);

    assert.ok(sink.json("/")[0].text.startsWith("Evergrant callback_errors: failing\n11 authorizations failed within an hour."), sink.json("/")[0].text);
    const { alerts } = (await scene.evergrant.get("/api/alerts?rule=callback_errors")).body;
    assert.equal(alerts.length, 1);
    assert.equal(alerts[0].state, "told");
    const { lastAt } = alerts[0];
    await until("a confirmation", async () => (await scene.evergrant.get("/api/alerts")).body.alerts[0].lastAt !== lastAt);
    assert.equal(sink.received.length, 1);
  });

  it("tells that it is over when nobody says it any more", async () => {
    await scene.evergrant.end("SIGKILL");
    await scene.evergrant.run();  // its figures begin at nought

    await until("the end", () => sink.received.length >= 2);

    assert.ok(sink.json("/")[1].text.startsWith("Evergrant callback_errors: recovered\n"), sink.json("/")[1].text);
  });
});

describe("a test of the channels", () => {
  let scene: Scene;
  let sink: HttpSink;
  let certificate: Certificate;
  let mail: MailSink;
  before(async () => {
    certificate = new Certificate();
    sink = await HttpSink.start();
    mail = await MailSink.start(certificate, { offersStarttls: false });
    scene = await Scene.set({}, {
      environment: {
        ...impatient,
        SLACK_WEBHOOK_URL: sink.url,
        SMTP_URL: `smtp://localhost:${mail.port}`,
        SMTP_FROM: "alerts@example.com",
        ALERT_EMAIL_RECIPIENTS: "ops@example.com",
      },
    });
  });
  after(async () => {
    await scene.clear();
    await sink.stop();
    await mail.stop();
    certificate.remove();
  });

  it("says what became of each", async () => {
    const answer = await scene.evergrant.post("/api/alerts/test", {});

    assert.deepEqual(answer.body.channels, [
      { channel: "slack", delivered: true },
      { channel: "email", delivered: false, error: "localhost offers no STARTTLS; nothing was sent." },
    ]);
    assert.equal(mail.received.length, 0);
    assert.ok(sink.json("/")[0].text.startsWith("Evergrant test alert\n"));
  });
});

describe("a dead connection that is removed and authorized again", () => {
  let scene: Scene;
  let sink: HttpSink;
  before(async () => {
    sink = await HttpSink.start();
    scene = await Scene.set({ accessTokenSeconds: 2 }, {
      environment: {
        ...impatient,
        SLACK_WEBHOOK_URL: `${sink.url}/slack`,
        EVERGRANT_ALERTS_PAGERDUTY_URL: `${sink.url}/pagerduty`,
        EVERGRANT_ALERTS_PAGERDUTY_ROUTING_KEY: "the-routing-key",
      },
    });
    await scene.connect();
    await dies(scene);
    await until("the alert", () => sink.at("/slack").length === 1 && sink.at("/pagerduty").length === 1);
  });
  after(async () => {
    await scene.clear();
    await sink.stop();
  });

  it("has its incident resolved when it is removed, and nobody told", async () => {
    const removed = await scene.evergrant.post("/api/oauth/revoke", { tenantId: tenant, integrationId: provider });
    assert.equal(removed.status, 200);

    await until("the resolution", () => sink.at("/pagerduty").length === 2);

    const [opened, closed] = sink.json("/pagerduty");
    assert.deepEqual([opened.event_action, closed.event_action, closed.dedup_key], ["trigger", "resolve", opened.dedup_key]);
    assert.equal(sink.at("/slack").length, 1);
  });

  it("is told as recovered when it is authorized again", async () => {
    await scene.connect();

    await until("the recovery", () => sink.at("/slack").length === 2);

    assert.ok(sink.json("/slack")[1].text.includes(`OAuth Token recovered: ${tenant}/${provider}`), sink.json("/slack")[1].text);
    assert.equal(sink.at("/pagerduty").length, 2);
  });
});

describe("an app whose secret is wrong", () => {
  let scene: Scene;
  let sink: HttpSink;
  before(async () => {
    sink = await HttpSink.start();
    scene = await Scene.set({ accessTokenSeconds: 2 }, { environment: { ...impatient, SLACK_WEBHOOK_URL: sink.url } });
    await scene.connect();
  });
  after(async () => {
    await scene.clear();
    await sink.stop();
  });

  const secret = (text: string) => scene.evergrant.call("PUT", `/api/credentials/${provider}`, { clientId: client.id, clientSecret: text });
  const texts = () => sink.json("/").map((one) => one.text.split("\n")[0]);

  it("is told as the app's fault, and over when it is right again, and no connection is spoken of", async () => {
    await secret("no longer the secret");
    await until("the alert", () => sink.received.length >= 1);

    await secret(client.secret);

    await until("the end", () => sink.received.length >= 2, 40_000);
    assert.deepEqual(texts(), [`OAuth App refused: ${provider}`, `OAuth App recovered: ${provider}`]);
  });
});
