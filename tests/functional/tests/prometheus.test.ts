// Evergrant scraped by a real Prometheus under the shipped rules: an alert reaches people through a real Alertmanager.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { impatient } from "../support/alert_scene.ts";
import { HttpSink } from "../support/http_sink.ts";
import { Certificate } from "../support/mail_sink.ts";
import { Alertmanager, Prometheus, noPrometheus } from "../support/prometheus.ts";
import { Scene, until } from "../support/scene.ts";

describe("a server that Prometheus watches", { skip: noPrometheus }, () => {
  let scene: Scene;
  let sink: HttpSink;
  let certificate: Certificate;
  let alertmanager: Alertmanager;
  let prometheus: Prometheus;
  before(async () => {
    sink = await HttpSink.start();
    certificate = new Certificate(3);
    scene = await Scene.set({}, {
      environment: {
        ...impatient,
        EVERGRANT_ALERTS_EVALUATE_SECONDS: "1",
        SLACK_WEBHOOK_URL: `${sink.url}/slack`,
        EVERGRANT_ALERTS_SMTP_CA_FILE: certificate.file,
      },
    });
    const { key } = (await scene.evergrant.post("/api/keys", { name: "prometheus", role: "auditor" })).body;
    await scene.connect();
    alertmanager = await Alertmanager.start(`${sink.url}/people`);
    prometheus = await Prometheus.start({ url: scene.evergrant.url, key }, alertmanager);
  });
  after(async () => {
    await prometheus?.stop();
    await alertmanager?.stop();
    await scene?.clear();
    certificate?.remove();
    await sink?.stop();
  });

  /** What Alertmanager has told people. */
  const told = (status: string, alertname: string) =>
    sink.json("/people").flatMap((one) => one.alerts).filter((one) => one.status === status && one.labels.alertname === alertname);

  it("is scraped, and every rule can be evaluated", async () => {
    await until("a scrape", async () => (await prometheus.query('up{job="evergrant"} == 1')).length === 1);
    await until("an evaluation", async () => (await prometheus.ask("/api/v1/rules")).groups[0].rules.every((one: any) => one.health === "ok"));

    assert.equal((await prometheus.query("evergrant_connections")).length, 4);
    const left = Number((await prometheus.query('evergrant_next_expiry_seconds{status="healthy"}'))[0].value[1]);
    assert.ok(left > 0 && left <= 3600, String(left));
  });

  it("has people told of a certificate that ends soon, and tells of it itself", async () => {
    await until("the alert", () => told("firing", "EvergrantCertificateExpiring").length > 0, 30_000);
    await until("its own", () => sink.at("/slack").length > 0);

    const [{ labels, annotations }] = told("firing", "EvergrantCertificateExpiring");
    assert.equal(labels.setting, "alerts.smtp_ca_file");
    assert.match(annotations.summary, /^A certificate in the file of alerts\.smtp_ca_file ends in 2d 23h /);
    assert.match(sink.json("/slack")[0].text, /^Evergrant certificate_expiring: expiring\nThe certificate of CN=localhost in the file of alerts\.smtp_ca_file ends on /);
  });

  it("has nobody told of anything else", async () => {
    const firing = (await prometheus.ask("/api/v1/alerts")).alerts.map((one: any) => one.labels.alertname);

    assert.deepEqual(firing, ["EvergrantCertificateExpiring"]);
  });

  it("has people told that it is over when another certificate stands there", async () => {
    certificate.renew(60);

    await until("the end", () => told("resolved", "EvergrantCertificateExpiring").length > 0, 30_000);
    await until("its own", () => sink.json("/slack").some((one) => one.text.startsWith("Evergrant certificate_expiring: recovered")));
  });

  it("has people told that it does not answer when it is gone", async () => {
    await scene.evergrant.end("SIGKILL");

    await until("the alert", () => told("firing", "EvergrantDown").length > 0, 30_000);
  });
});
