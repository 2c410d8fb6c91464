// Shopify as its documents have it: a host for each shop, signed callbacks, tokens that expire with a refresh token that rotates,
// or one token for ever. It refuses what it did not ask for.
import { createHmac, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const app = { clientId: "shopify-app", clientSecret: "hush" };

/** A callback's query, signed as Shopify signs it: over the sorted rest of it. */
export function signed(query: Record<string, string>, secret = app.clientSecret): URLSearchParams {
  const text = Object.entries(query).sort().map(([name, value]) => `${name}=${value}`).join("&");
  return new URLSearchParams({ ...query, hmac: createHmac("sha256", secret).update(text).digest("hex") });
}

export class Shopify {
  readonly url: string;
  readonly requests: { shop: string; what: string; wrong: string }[] = [];
  #refreshTokens = new Map<string, string>();
  #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<Shopify> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Shopify(server);
  }

  /** The built-in entry at this server, where a shop is a path instead of a host. */
  catalogFile(): string {
    const shop = `${this.url}/\${params.shop}`;
    return `id: shopify
extends: shopify
authorization_url: ${shop}/admin/oauth/authorize
token_url: ${shop}/admin/oauth/access_token
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
    const shop = /^\/([a-z0-9-]+)\/admin\/oauth\/access_token$/.exec(request.url ?? "")?.[1] ?? "";
    const form = new URLSearchParams(text);
    const what = form.get("grant_type") === "refresh_token" ? "refresh_token" : "authorization_code";
    const wrong = request.method !== "POST" || shop === "" ? "no such place" : this.#fault(form, what, shop);
    this.requests.push({ shop, what, wrong });
    const answer = wrong === "" ? this.#give(form, shop) : { error: wrong === "a spent refresh token" ? "invalid_grant" : "invalid_request" };
    response.writeHead(wrong === "" ? 200 : 400, { "content-type": "application/json" }).end(JSON.stringify(answer));
  }

  #fault(form: URLSearchParams, what: string, shop: string): string {
    if (form.get("client_id") !== app.clientId || form.get("client_secret") !== app.clientSecret) return "another client";
    if (!["0", "1"].includes(form.get("expiring") ?? "")) return "it does not say whether the token is to expire";
    if (what === "authorization_code") return form.get("code") === `code-of-${shop}` ? "" : "another shop's code";
    return this.#refreshTokens.get(form.get("refresh_token") ?? "") === shop ? "" : "a spent refresh token";
  }

  #give(form: URLSearchParams, shop: string): object {
    const token = { access_token: `shpat_${randomBytes(16).toString("hex")}`, scope: "read_products,read_orders" };
    if (form.get("expiring") === "0") return token;
    this.#refreshTokens.delete(form.get("refresh_token") ?? "");
    const refreshToken = `shprt_${randomBytes(16).toString("hex")}`;
    this.#refreshTokens.set(refreshToken, shop);
    return { ...token, expires_in: 3600, refresh_token: refreshToken, refresh_token_expires_in: 7_776_000 };
  }
}
