// Receivers of every channel of alerts, and the settings by which Evergrant sends to them.
import { webhookSecret } from "./alert_scene.ts";
import { HttpSink } from "./http_sink.ts";
import { Certificate, MailSink, mailUser } from "./mail_sink.ts";

/** What each channel is believed by. It belongs to that channel alone. */
export const channelSecrets = {
  slackPath: "canary-path-of-slack",
  webhook: webhookSecret,
  pagerDuty: "canary-routing-key",
  twilio: "canary-twilio-token",
  mail: mailUser.password,
};

export class AlertChannels {
  readonly sink: HttpSink;
  readonly mail: MailSink;
  readonly #certificate: Certificate;

  private constructor(sink: HttpSink, mail: MailSink, certificate: Certificate) {
    this.sink = sink;
    this.mail = mail;
    this.#certificate = certificate;
  }

  static async open(): Promise<AlertChannels> {
    const certificate = new Certificate();
    return new AlertChannels(await HttpSink.start(), await MailSink.start(certificate, { wantsUser: true }), certificate);
  }

  get environment(): Record<string, string> {
    const { url } = this.sink;
    return {
      SLACK_WEBHOOK_URL: `${url}/slack/${channelSecrets.slackPath}`,
      EVERGRANT_ALERTS_WEBHOOK_URL: `${url}/webhook`,
      EVERGRANT_ALERTS_WEBHOOK_SECRET: channelSecrets.webhook,
      EVERGRANT_ALERTS_PAGERDUTY_URL: `${url}/pagerduty`,
      EVERGRANT_ALERTS_PAGERDUTY_ROUTING_KEY: channelSecrets.pagerDuty,
      EVERGRANT_ALERTS_TWILIO_URL: `${url}/twilio`,
      TWILIO_ACCOUNT_SID: "AC123",
      TWILIO_AUTH_TOKEN: channelSecrets.twilio,
      TWILIO_FROM_NUMBER: "+15550100",
      ALERT_SMS_RECIPIENTS: "+15550111,+15550122",
      SMTP_URL: `smtp://${encodeURIComponent(mailUser.name)}:${encodeURIComponent(channelSecrets.mail)}@localhost:${this.mail.port}`,
      SMTP_FROM: "alerts@example.com",
      ALERT_EMAIL_RECIPIENTS: "ops@example.com,lead@example.com",
      EVERGRANT_ALERTS_SMTP_CA_FILE: this.#certificate.file,
    };
  }

  /** What arrived, by channel, as text: paths and headers too. */
  messages(): Map<string, string> {
    const messages = new Map(["slack", "webhook", "pagerduty", "twilio"].map((name) => [name, this.sink.at(`/${name}`).map((one) => decoded(JSON.stringify(one))).join("\n")]));
    return messages.set("email", this.mail.received.map((one) => `${one.headers}\n${one.text}`).join("\n"));
  }

  async close(): Promise<void> {
    await this.sink.stop();
    await this.mail.stop();
    this.#certificate.remove();
  }
}

/** Forms are sent with their letters encoded. */
function decoded(text: string): string {
  return `${text}\n${text.replaceAll("+", " ").replace(/(?:%[0-9a-f]{2})+/gi, (some) => Buffer.from(some.replaceAll("%", ""), "hex").toString())}`;
}
