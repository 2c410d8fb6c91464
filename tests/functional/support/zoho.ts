// Zoho as its documents have it: a data centre is an accounts server and an API host of its own, with a client secret of its
// own; errors come with status 200; revocation takes the token in the query. It refuses what it did not ask for.
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const clientId = "1000.ABC";

export class ZohoCentre {
  readonly url: string;
  readonly secret: string;
  /** Answered as `api_domain`. */
  apiDomain = "https://www.zohoapis.com";
  /** What came, and what was wrong with it; "" if nothing. */
  readonly requests: { what: string; wrong: string }[] = [];
  readonly revoked: string[] = [];
  #refreshTokens = new Set<string>();
  #server: Server;

  private constructor(server: Server, secret: string) {
    this.#server = server;
    this.secret = secret;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => void this.#answer(request, response));
  }

  static async start(secret: string): Promise<ZohoCentre> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ZohoCentre(server, secret);
  }

  /** The built-in entry, with these accounts servers in place of Zoho's. */
  static catalogFile(centres: ZohoCentre[]): string {
    const allowed = centres.map((one) => `      - ${one.url}\n`).join("");
    return `id: zoho_crm
extends: zoho_crm
parameters:
  - name: accounts_server
    description: The data centre's accounts server.
    default: ${centres[0]?.url}
    allowed:
${allowed}`;
  }

  /** The refresh token given last. */
  get newest(): string {
    return [...this.#refreshTokens].at(-1) ?? "";
  }

  get wrong(): string[] {
    return this.requests.filter((one) => one.wrong !== "").map((one) => `${one.what}: ${one.wrong}`);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const url = new URL(request.url ?? "/", this.url);
    const answer = request.method !== "POST" ? { error: "invalid_request" }
      : url.pathname === "/oauth/v2/token/revoke" ? this.#revoke(url.searchParams, text)
      : url.pathname === "/oauth/v2/token" && url.search === "" ? this.#token(new URLSearchParams(text), request)
      : { error: "no such place" };
    response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
  }

  #token(form: URLSearchParams, request: IncomingMessage): object {
    const what = form.get("grant_type") ?? "";
    const wanted = what === "authorization_code" ? ["client_id", "client_secret", "code", "code_verifier", "grant_type", "redirect_uri"]
      : ["client_id", "client_secret", "grant_type", "refresh_token"];
    const names = [...form.keys()].sort();
    let wrong = "";
    if (JSON.stringify(names) !== JSON.stringify(wanted)) wrong = `parameters ${names}`;
    else if (request.headers.authorization !== undefined) wrong = "an Authorization header";
    else if (form.get("client_id") !== clientId) wrong = "another client";
    else if (form.get("client_secret") !== this.secret) wrong = "another centre's secret";
    this.requests.push({ what, wrong });
    if (wrong !== "") return { error: wrong === "another centre's secret" ? "invalid_client_secret" : "invalid_client" };
    if (what === "refresh_token" && !this.#refreshTokens.has(form.get("refresh_token") ?? "")) return { error: "invalid_code" };
    const given = { access_token: `1000.${randomBytes(12).toString("hex")}`, api_domain: this.apiDomain, token_type: "Bearer", expires_in: 3600 };
    if (what === "refresh_token") return given;
    const refreshToken = `1000.${randomBytes(16).toString("hex")}`;
    this.#refreshTokens.add(refreshToken);
    return { ...given, refresh_token: refreshToken };
  }

  #revoke(query: URLSearchParams, body: string): object {
    const token = query.get("token") ?? "";
    const wrong = body.includes(token) && token !== "" ? "the token in the body" : this.#refreshTokens.delete(token) ? "" : "an unknown token";
    this.requests.push({ what: "revoke", wrong });
    this.revoked.push(token);
    return wrong === "" ? { status: "success" } : { error: "invalid_token" };
  }
}

export const zohoClientId = clientId;
