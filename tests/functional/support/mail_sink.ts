// A mail server: the npm package smtp-server, with a certificate of its own for localhost, with a user, and with
// failures on demand.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { SMTPServer } from "smtp-server";

export const mailUser = { name: "evergrant", password: "p@ss:word/1" };

export interface ReceivedMail {
  from: string;
  to: string[];
  headers: string;
  text: string;
  secure: boolean;
  user: string;
}

/** A certificate for localhost and 127.0.0.1, and its key, in a folder of their own. */
export class Certificate {
  readonly folder = mkdtempSync(path.join(tmpdir(), "evergrant-certificate-"));
  readonly file = path.join(this.folder, "certificate.pem");
  readonly keyFile = path.join(this.folder, "key.pem");

  constructor(days = 60) {
    this.renew(days);
  }

  /** Another in its place. */
  renew(days: number): void {
    execFileSync("openssl", [
      ...`req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days ${days} -subj /CN=localhost`.split(" "),
      ..."-addext subjectAltName=DNS:localhost,IP:127.0.0.1".split(" "),
      ...["-keyout", this.keyFile, "-out", this.file],
    ], { stdio: "ignore" });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface MailOptions {
  implicitTls?: boolean;
  offersStarttls?: boolean;
  wantsUser?: boolean;
}

export class MailSink {
  readonly received: ReceivedMail[] = [];
  /** How many mails are refused from now on, for a while. */
  refusals = 0;
  readonly refusedRecipients = new Set<string>();
  #server: SMTPServer;
  port = 0;

  private constructor(certificate: Certificate, options: MailOptions) {
    this.#server = new SMTPServer({
      secure: options.implicitTls ?? false,
      key: readFileSync(certificate.keyFile),
      cert: readFileSync(certificate.file),
      hideSTARTTLS: options.offersStarttls === false,
      authOptional: options.wantsUser !== true,
      onAuth: (auth, _session, done) => {
        const good = auth.username === mailUser.name && auth.password === mailUser.password;
        done(good ? null : new Error("wrong user name or password"), good ? { user: mailUser.name } : undefined);
      },
      onRcptTo: (address, _session, done) => done(this.refusedRecipients.has(address.address) ? new Error("no such user") : null),
      onData: (stream, session, done) => {
        const pieces: Buffer[] = [];
        stream.on("data", (piece: Buffer) => pieces.push(piece));
        stream.on("end", () => {
          if (this.refusals > 0) {
            this.refusals -= 1;
            done(Object.assign(new Error("try again later"), { responseCode: 451 }));
            return;
          }
          const [headers = "", body = ""] = Buffer.concat(pieces).toString().split("\r\n\r\n");
          this.received.push({
            from: session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address,
            to: session.envelope.rcptTo.map((one) => one.address),
            headers,
            text: Buffer.from(body, "base64").toString(),
            secure: session.secure,
            user: String(session.user ?? ""),
          });
          done(null);
        });
      },
    });
    this.#server.on("error", () => {});  // a client that does not trust the certificate leaves
  }

  static async start(certificate: Certificate, options: MailOptions = {}): Promise<MailSink> {
    const sink = new MailSink(certificate, options);
    await new Promise<void>((resolve) => sink.#server.listen(0, "127.0.0.1", resolve));
    sink.port = (sink.#server.server.address() as AddressInfo).port;
    return sink;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
