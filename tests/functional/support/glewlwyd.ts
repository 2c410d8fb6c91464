// Debian's glewlwyd, an OAuth 2.0 and OpenID Connect server in C: in a folder and on a port of its own, set up by its own API.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Browser, type Page } from "./browser.ts";
import { until } from "./until.ts";

const schema = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";
const modules = "/usr/lib/glewlwyd";

/** Why tests with it cannot run; false: they can. */
export const noGlewlwyd = spawnSync("glewlwyd", ["--version"]).error === undefined && existsSync(schema) ? false : "glewlwyd is not installed";

export const person = { username: "alice", password: "alice's password", name: "Alice Doe", email: "alice@example.com" };

/** The algorithms that it signs id_tokens by here; a client says which by the name of the key. */
export const signatures = {
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
  PS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
  ES384: () => generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey,
  EdDSA: () => generateKeyPairSync("ed25519").privateKey,
} satisfies Record<string, () => KeyObject>;

export type Signature = keyof typeof signatures;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export class Glewlwyd {
  readonly url: string;
  readonly issuer: string;
  log = "";
  readonly #folder = mkdtempSync(path.join(tmpdir(), "evergrant-glewlwyd-"));
  readonly #admin = new Browser();
  readonly #person = new Browser();
  #process: ChildProcess | undefined;

  private constructor(port: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.issuer = `${this.url}/api/oidc`;
  }

  /** A running server with one person. Refresh tokens are good for one use; PKCE is required. */
  static async start(): Promise<Glewlwyd> {
    const server = new Glewlwyd(await freePort());
    try {
      await server.#run();
      await server.#settle();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Registers a client, with what it has beside its id and redirect URI. */
  register(id: string, redirectUri: string, properties: Record<string, unknown>): Promise<void> {
    return this.#set("POST", "/api/client/", {
      client_id: id,
      name: id,
      confidential: true,
      enabled: true,
      redirect_uri: [redirectUri],
      authorization_type: ["code", "refresh_token", "client_credentials", "delete_token"],
      scope: ["read"],
      ...properties,
    });
  }

  /** Logs the person in and consents, by what the login page itself asks of the server; returns where the browser ends up. */
  async approve(authorizationUrl: string): Promise<Page> {
    const browser = new Browser();
    const login = await browser.open(authorizationUrl, (url) => url.pathname === "/login.html");
    const asked = new URL(login.url).searchParams;
    await this.#logIn(browser, person);
    await browser.ask("PUT", `${this.url}/api/auth/grant/${asked.get("client_id")}`, { scope: asked.get("scope") });
    const next = new URL(asked.get("callback_url") ?? "");
    next.searchParams.set("g_continue", "");
    return browser.open(next.href, (url) => url.pathname.startsWith("/admin/clients/"));
  }

  /** How many refresh tokens a client was given. */
  refreshTokens(id: string): number {
    return this.log.split(`Refresh token generated for client '${id}' granted by`).length - 1;
  }

  /** The refresh tokens of a client that the person's profile page lists as good. */
  async grants(id: string): Promise<{ token_hash: string }[]> {
    const listed: { token_hash: string; client_id: string; enabled: boolean }[] = await this.#person.ask("GET", `${this.issuer}/token`);
    return listed.filter((one) => one.client_id === id && one.enabled);
  }

  /** The person takes the grants of a client back, on the profile page. */
  async endGrants(id: string): Promise<void> {
    for (const { token_hash } of await this.grants(id)) await this.#person.ask("DELETE", `${this.issuer}/token/${encodeURIComponent(token_hash)}`);
  }

  /** Ends an access token, and it alone, as its client may. */
  async endAccessToken(accessToken: string, id: string, secret: string): Promise<void> {
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
    const body = new URLSearchParams({ token: accessToken, token_type_hint: "access_token" });
    const answer = await fetch(`${this.issuer}/revoke`, { method: "POST", headers: { authorization }, body });
    if (answer.status !== 200) throw new Error(`not revoked: ${answer.status} ${await answer.text()}`);
  }

  /** What its userinfo endpoint answers to the bearer of this access token. */
  async use(accessToken: string): Promise<number> {
    return (await fetch(`${this.issuer}/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } })).status;
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(): Promise<void> {
    const database = path.join(this.#folder, "glewlwyd.db");
    const made = spawnSync("sqlite3", [database], { encoding: "utf8", input: `PRAGMA synchronous = OFF;\nBEGIN;\n${readFileSync(schema, "utf8")}\nCOMMIT;\n` });
    if (made.status !== 0) throw new Error(`no database for glewlwyd: ${made.stderr}`);
    const file = path.join(this.#folder, "glewlwyd.conf");
    writeFileSync(file, this.#configuration(database));
    const child = spawn("glewlwyd", ["--config-file", file], { stdio: ["ignore", "pipe", "pipe"], cwd: this.#folder });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (this.log += chunk.toString()));
    await until("glewlwyd to listen", () => {
      if (child.exitCode !== null) throw new Error(`glewlwyd ended: ${this.log}`);
      return this.log.includes("Glewlwyd started on port");
    });
  }

  async #settle(): Promise<void> {
    await this.#logIn(this.#admin, { username: "admin", password: "password" });
    for (const name of ["offline_access", "read"])
      await this.#set("POST", "/api/scope/", { name, display_name: name, password_required: true, password_max_age: 0, scheme: {}, scheme_required: {} });
    await this.#set("POST", "/api/user/", { ...person, scope: ["g_profile", "openid", "offline_access", "read"], enabled: true });
    await this.#set("POST", "/api/mod/plugin/", { module: "oidc", name: "oidc", display_name: "OpenID Connect", parameters: this.#provider() });
    await this.#logIn(this.#person, person);
  }

  #configuration(database: string): string {
    return `port = ${new URL(this.url).port}
bind_address = "127.0.0.1"
external_url = "${this.url}"
login_url = "login.html"
api_prefix = "api"
log_mode = "console"
log_level = "INFO"
cookie_domain = "127.0.0.1"
cookie_secure = 0
user_module_path = "${modules}/user"
client_module_path = "${modules}/client"
user_auth_scheme_module_path = "${modules}/scheme"
plugin_module_path = "${modules}/plugin"
hash_algorithm = "SHA512"
database = { type = "sqlite3"; path = "${database}"; };
`;
  }

  #provider(): Record<string, unknown> {
    const keys = Object.entries(signatures).map(([alg, make]) => ({ ...make().export({ format: "jwk" }), alg, kid: alg, use: "sig" }));
    return {
      iss: this.issuer,
      "jwks-private": JSON.stringify({ keys }),
      "default-kid": "RS256",
      "client-sign_kid-parameter": "sign_kid",
      "jwks-show": true,
      "jwt-type": "rsa",
      "jwt-key-size": "256",
      "oauth-as-iss-id": true,
      "access-token-duration": 3600,
      "refresh-token-duration": 86_400,
      "code-duration": 60,
      "refresh-token-one-use": "always",
      "refresh-token-rolling": true,
      "allow-non-oidc": true,
      "auth-type-code-enabled": true,
      "auth-type-code-revoke-replayed": true,
      "auth-type-client-enabled": true,
      "auth-type-refresh-enabled": true,
      "pkce-allowed": true,
      "pkce-required": true,
      "name-claim": "mandatory",
      "email-claim": "mandatory",
      "introspection-revocation-allowed": true,
      "introspection-revocation-allow-target-client": true,
      "request-parameter-allow": true,
      "request-maximum-exp": 3600,
      "client-jwks-parameter": "jwks",
    };
  }

  #logIn(browser: Browser, { username, password }: { username: string; password: string }): Promise<void> {
    return browser.ask("POST", `${this.url}/api/auth/`, { username, password });
  }

  #set(method: string, route: string, body: unknown): Promise<void> {
    return this.#admin.ask(method, this.url + route, body);
  }
}
