// Salesforce as its documents have it: login hosts, an instance_url in the token's answer, no expires_in, a refresh token that is
// told once, client credentials at a My Domain alone.
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const connectedApp = { clientId: "3MVG9.consumer-key", clientSecret: "consumer-secret" };

export class Salesforce {
  readonly url: string;
  instanceUrl = "https://acme.my.salesforce.com";
  /** Answered to the next token request instead of a token. */
  refusal: { error: string; error_description: string } | undefined;
  readonly requests: { host: string; what: string; wrong: string }[] = [];
  readonly revoked: string[] = [];
  #refreshTokens = new Set<string>();
  #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<Salesforce> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Salesforce(server);
  }

  /** The built-in entry at this server, where a login host is a path. */
  catalogFile(): string {
    const oauth = `${this.url}/\${params.login_host}/services/oauth2`;
    return `id: salesforce
extends: salesforce
authorization_url: ${oauth}/authorize
token_url: ${oauth}/token
revocation_url: ${oauth}/revoke
`;
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
    const form = new URLSearchParams(text);
    const [, host = "", ...rest] = (request.url ?? "").split("/");
    const route = rest.join("/");
    if (route === "services/oauth2/revoke") {
      const token = form.get("token") ?? "";
      this.revoked.push(token);
      response.writeHead(this.#refreshTokens.delete(token) ? 200 : 400).end();
      return;
    }
    const what = form.get("grant_type") ?? "";
    const wrong = request.method !== "POST" || route !== "services/oauth2/token" ? "no such place" : this.#fault(form, what, host);
    this.requests.push({ host, what, wrong });
    const refusal = wrong === "" ? this.refusal : { error: wrong, error_description: wrong };
    this.refusal = undefined;
    response.writeHead(refusal === undefined ? 200 : 400, { "content-type": "application/json" });
    response.end(JSON.stringify(refusal ?? this.#give(what)));
  }

  #fault(form: URLSearchParams, what: string, host: string): string {
    if (form.get("client_id") !== connectedApp.clientId) return "invalid_client_id";
    if (form.get("client_secret") !== connectedApp.clientSecret) return "invalid_client";
    if (what === "client_credentials") return host.endsWith(".my.salesforce.com") ? "" : "unsupported_grant_type";
    if (what === "authorization_code") return form.get("code_verifier") === null ? "invalid_request" : "";
    return this.#refreshTokens.has(form.get("refresh_token") ?? "") ? "" : "invalid_grant";
  }

  #give(what: string): object {
    const answer = {
      access_token: `00D!${randomBytes(24).toString("hex")}`, signature: randomBytes(32).toString("base64"), scope: "refresh_token api",
      instance_url: this.instanceUrl, id: "https://login.salesforce.com/id/00D/005", token_type: "Bearer", issued_at: String(Date.now()),
    };
    if (what !== "authorization_code") return answer;
    const refreshToken = `5Aep${randomBytes(24).toString("hex")}`;
    this.#refreshTokens.add(refreshToken);
    return { ...answer, refresh_token: refreshToken };
  }
}
