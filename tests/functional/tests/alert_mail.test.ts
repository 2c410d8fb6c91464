// Mail of alerts: by TLS from the beginning, refused, and to servers that cannot be trusted.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { impatient } from "../support/alert_scene.ts";
import { Certificate, MailSink, mailUser, type MailOptions } from "../support/mail_sink.ts";
import { Scene } from "../support/scene.ts";

/** What a test alert by mail comes to, and what the mail server received. */
async function mailed(options: MailOptions, environment: (mail: MailSink, certificate: Certificate) => Record<string, string>, prepare: (mail: MailSink) => void = () => {}) {
  const certificate = new Certificate();
  const mail = await MailSink.start(certificate, options);
  prepare(mail);
  const scene = await Scene.set({}, {
    environment: {
      ...impatient,
      SMTP_FROM: "alerts@example.com",
      ALERT_EMAIL_RECIPIENTS: "ops@example.com,gone@example.com",
      EVERGRANT_ALERTS_SMTP_CA_FILE: certificate.file,
      ...environment(mail, certificate),
    },
  });
  try {
    const [outcome] = (await scene.evergrant.post("/api/alerts/test", {})).body.channels;
    return { outcome, received: mail.received };
  } finally {
    await scene.clear();
    await mail.stop();
    certificate.remove();
  }
}

const user = `${encodeURIComponent(mailUser.name)}:${encodeURIComponent(mailUser.password)}`;

describe("mail of alerts", () => {
  it("goes by TLS from the beginning", async () => {
    const { outcome, received } = await mailed({ implicitTls: true, wantsUser: true }, (mail) => ({ SMTP_URL: `smtps://${user}@localhost:${mail.port}` }));

    assert.deepEqual(outcome, { channel: "email", delivered: true });
    assert.deepEqual([received[0]?.secure, received[0]?.user], [true, mailUser.name]);
  });

  it("goes in the clear only if that is asked for", async () => {
    const { outcome, received } = await mailed({ offersStarttls: false }, (mail) => ({ SMTP_URL: `smtp://localhost:${mail.port}`, EVERGRANT_ALERTS_SMTP_REQUIRE_TLS: "false" }));

    assert.equal(outcome.delivered, true);
    assert.equal(received[0]?.secure, false);
  });

  it("goes to nobody whose certificate is not trusted", async () => {
    const { outcome, received } = await mailed({}, (mail) => ({ SMTP_URL: `smtp://localhost:${mail.port}`, EVERGRANT_ALERTS_SMTP_CA_FILE: "" }));

    assert.match(outcome.error, /certificate of localhost is not trusted/);
    assert.equal(received.length, 0);
  });

  it("says that the user name or password is refused, and shows neither", async () => {
    const { outcome } = await mailed({ wantsUser: true }, (mail) => ({ SMTP_URL: `smtp://someone:opensesame@localhost:${mail.port}` }));

    assert.match(outcome.error, /^localhost refuses the user name or password \(535\)/);
  });

  it("reaches the others when one recipient is gone", async () => {
    const { outcome, received } = await mailed({}, (mail) => ({ SMTP_URL: `smtp://localhost:${mail.port}` }), (mail) => mail.refusedRecipients.add("gone@example.com"));

    assert.equal(outcome.delivered, true);
    assert.deepEqual(received[0]?.to, ["ops@example.com"]);
  });

  it("says that the server did not take it", async () => {
    const { outcome } = await mailed({}, (mail) => ({ SMTP_URL: `smtp://localhost:${mail.port}` }), (mail) => (mail.refusals = 1));

    assert.equal(outcome.error, "localhost did not take the mail (451).");
  });
});
