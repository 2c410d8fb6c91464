// Places where a token endpoint is not, or not to be trusted.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Misbehaviour } from "./kinds.ts";

type Place = NonNullable<Misbehaviour["elsewhere"]>;

function certificate(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(path.join(tmpdir(), "evergrant-certificate-"));
  const [key, cert] = [path.join(folder, "key.pem"), path.join(folder, "cert.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert], { stdio: "ignore" });
  const made = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return made;
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

export class Elsewhere {
  /** How many requests came to the server whose certificate nobody trusts. */
  readonly trusted: { requests: number };
  readonly #urls: Record<Place, string>;
  readonly #servers: Server[];

  private constructor(urls: Record<Place, string>, servers: Server[], trusted: { requests: number }) {
    this.#urls = urls;
    this.#servers = servers;
    this.trusted = trusted;
  }

  static async start(plainPort: number): Promise<Elsewhere> {
    const trusted = { requests: 0 };
    const foreign = createTlsServer(certificate(), (_, response) => {
      trusted.requests += 1;
      response.end("{}");
    });
    const hanging = createServer((socket) => void socket.on("error", () => {}));
    const breaking = createServer((socket) => void socket.on("error", () => {}).once("data", () => socket.destroy()));
    const gone = createServer();
    const gonePort = await portOf(gone);
    gone.close();
    const urls: Record<Place, string> = {
      "nothing listens": `http://127.0.0.1:${gonePort}/token`,
      "no such name": "https://no-such-name.invalid/token",
      "foreign certificate": `https://127.0.0.1:${await portOf(foreign)}/token`,
      "no TLS": `https://127.0.0.1:${plainPort}/token`,
      "TLS hangs": `https://127.0.0.1:${await portOf(hanging)}/token`,
      "TLS breaks off": `https://127.0.0.1:${await portOf(breaking)}/token`,
    };
    return new Elsewhere(urls, [foreign, hanging, breaking], trusted);
  }

  url(place: Place): string {
    return this.#urls[place];
  }

  stop(): void {
    for (const server of this.#servers) server.close();
  }
}
