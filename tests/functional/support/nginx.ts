// Debian's nginx with deploy/nginx/evergrant-inject.conf, of which nothing is changed but addresses and the connections' names.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";

const shipped = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../deploy/nginx/evergrant-inject.conf");

/** Why tests with it cannot run; false: they can. */
export const noNginx = spawnSync("nginx", ["-v"]).error ? "nginx is not installed" : false;

export interface Places {
  /** Of Evergrant: HOST:PORT or unix:PATH. */
  evergrant: string;
  /** What requests bring to Evergrant as Authorization. */
  key: string;
  /** The provider's API, behind both locations. */
  api: string;
  /** Of the tenant acme: the one of /zoho/ and the one of /shop/. */
  connections: [string, string];
}

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

function changed(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`${shipped} does not say ${from}`);
  return text.replaceAll(from, to);
}

export class Nginx {
  readonly #folder = mkdtempSync(path.join(tmpdir(), "evergrant-nginx-"));
  readonly #socket = path.join(this.#folder, "nginx.sock");
  #process: ChildProcess | undefined;

  static async start(places: Places): Promise<Nginx> {
    const nginx = new Nginx();
    nginx.#write(places);
    await nginx.#run();
    return nginx;
  }

  call(method: string, target: string, headers: Record<string, string> = {}, body?: string): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath: this.#socket, method, path: target, headers }, (response) => {
        let text = "";
        response.on("data", (piece) => (text += String(piece)));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #write(places: Places): void {
    const [zoho, shop] = places.connections;
    const key = path.join(this.#folder, "evergrant-key.conf");
    writeFileSync(key, `proxy_set_header Authorization "Bearer ${places.key}";\n`, { mode: 0o600 });
    let site = readFileSync(shipped, "utf8");
    site = changed(site, "server 127.0.0.1:3000;", `server ${places.evergrant};`);
    site = changed(site, "listen 127.0.0.1:8080;", `listen unix:${this.#socket};`);
    site = changed(site, "/etc/nginx/evergrant-key.conf", key);
    site = changed(site, "https://www.zohoapis.com/", places.api);
    site = changed(site, "https://acme-store.myshopify.com/", places.api);
    site = changed(site, "/evergrant/acme/zoho_crm", `/evergrant/acme/${zoho}`);
    site = changed(site, "/evergrant/acme/shopify", `/evergrant/acme/${shop}`);
    writeFileSync(path.join(this.#folder, "site.conf"), site);
    const bodies = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((one) => `${one}_temp_path ${this.#folder}/${one};`).join(" ");
    // A worker of root's is another user otherwise, who may not come in here.
    const user = userInfo().uid === 0 ? "user root;" : "";
    writeFileSync(path.join(this.#folder, "nginx.conf"),
      `${user} daemon off; pid ${this.#folder}/pid; worker_processes 1; error_log stderr; events { }\n` +
      `http { access_log off; ${bodies} include ${this.#folder}/site.conf; }\n`);
  }

  async #run(): Promise<void> {
    const child = spawn("nginx", ["-e", "stderr", "-p", this.#folder, "-c", path.join(this.#folder, "nginx.conf")],
      { stdio: ["ignore", "ignore", "pipe"] });
    this.#process = child;
    let log = "";
    child.stderr?.on("data", (piece: Buffer) => (log += piece.toString()));
    const ended = once(child, "exit").then(([code]) => { throw new Error(`nginx ended (${code}): ${log}`); });
    ended.catch(() => {});
    await Promise.race([ended, until("nginx to listen", () => this.call("GET", "/").then(() => true, () => false))]);
  }
}
