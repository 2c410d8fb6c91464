// A real authorization server: the npm package oidc-provider, with refresh tokens that rotate and reuse that revokes the
// grant. Its ledger says what was presented.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider, type Configuration } from "oidc-provider";
import { Browser, type Page } from "./browser.ts";

export const client = { id: "evergrant", secret: "a-secret-with-:-and-%-and-+-in-it" };

export interface Presented {
  refreshToken: string;
  outcome: "granted" | string;
}

export interface ServerOptions {
  accessTokenSeconds?: number;
  /** Whether its catalogue entry names its userinfo endpoint as the cheap read by which a grant is probed. */
  probed?: boolean;
  /** Whether its client may have grants of its own, without a person. */
  machine?: boolean;
  /** The algorithm whose signatures its client proves itself by, with keys that are fetched from Evergrant. */
  signedBy?: string;
}

export class AuthorizationServer {
  readonly url: string;
  readonly ledger: Presented[] = [];
  /** How many tokens were given to the client itself. */
  ownTokens = 0;
  /** How many grants were ended by a revocation. */
  revoked = 0;
  #server: Server;
  #provider: Provider | undefined;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** Listens; answers once a client is registered. */
  static async start(): Promise<AuthorizationServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new AuthorizationServer(server, url);
  }

  /** Registers `client` at its redirect URI, which is known only when Evergrant listens. */
  register(redirectUri: string, options: ServerOptions = {}): void {
    const provider = new Provider(this.url, this.#configuration(redirectUri, options));
    this.#provider = provider;
    provider.on("grant.success", (ctx) => {
      this.#note(ctx, "granted");
      if (ctx.oidc.params?.["grant_type"] === "client_credentials") this.ownTokens += 1;
    });
    provider.on("grant.error", (ctx, error) => this.#note(ctx, error.error));
    provider.on("grant.revoked", () => (this.revoked += 1));
    this.#server.on("request", provider.callback());
  }

  /** The catalogue entry under which Evergrant knows this server. */
  catalogFile(id: string, { probed = false, machine = false, signedBy }: ServerOptions = {}): string {
    return `id: ${id}
name: Demo authorization server
grant_types: [authorization_code, refresh_token${machine ? ", client_credentials" : ""}]
issuer: ${this.url}
authorization_url: ${this.url}/auth
token_url: ${this.url}/token
revocation_url: ${this.url}/token/revocation
revocation_ends: token
${signedBy === undefined ? "client_auth: client_secret_basic" : `client_auth: private_key_jwt\nassertion_algorithm: ${signedBy}`}
issuer_in_callback: true
scopes: [openid, offline_access, email]
authorization_params: {prompt: consent}
refresh: {policy: rotates_strictly}
${probed ? `api_base_url: ${this.url}\nhealth_probe: /me\n` : ""}`;
  }

  /** What its userinfo endpoint answers to the bearer of this access token: 200, and 401 once the grant is gone. */
  async use(accessToken: string): Promise<number> {
    return (await fetch(`${this.url}/me`, { headers: { authorization: `Bearer ${accessToken}` } })).status;
  }

  /** Ends the grant of an access token, as a person does who removes the app from an account. */
  async endGrantOf(accessToken: string): Promise<void> {
    const token = await this.#provider?.AccessToken.find(accessToken);
    const grant = await this.#provider?.Grant.find(token?.grantId ?? "");
    if (grant === undefined) throw new Error("no such grant");
    await grant.destroy();
  }

  /** Logs a person in and consents, as a browser would; returns where the browser ends up. */
  async approve(authorizationUrl: string, browser = new Browser(), tell: (step: string) => void = () => {}): Promise<Page> {
    let page = await browser.open(authorizationUrl);
    tell("login");
    page = await browser.submit(page, { login: "alice", password: "anything" });
    tell("consent");
    return browser.submit(page, {}, (url) => url.pathname.startsWith("/admin/clients/"));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #note(ctx: unknown, outcome: string): void {
    const oidc = (ctx as { oidc: { params?: { refresh_token?: string } } }).oidc;
    const refreshToken = oidc.params?.refresh_token;
    if (refreshToken !== undefined) this.ledger.push({ refreshToken, outcome });
  }

  #configuration(redirectUri: string, options: ServerOptions): Configuration {
    return {
      clients: [
        {
          client_id: client.id,
          ...(options.signedBy === undefined
            ? { client_secret: client.secret, token_endpoint_auth_method: "client_secret_basic" as const }
            : {
                token_endpoint_auth_method: "private_key_jwt" as const,
                token_endpoint_auth_signing_alg: options.signedBy as "RS256",
                jwks_uri: new URL("/.well-known/jwks.json", redirectUri).href,
              }),
          redirect_uris: [redirectUri],
          scope: "openid offline_access email read",
          grant_types: ["authorization_code", "refresh_token", ...(options.machine ? ["client_credentials"] : [])],
          response_types: ["code"],
        },
      ],
      features: { devInteractions: { enabled: true }, revocation: { enabled: true }, clientCredentials: { enabled: options.machine === true } },
      enabledJWA: { clientAuthSigningAlgValues: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"] },
      // Its own way of asking refuses addresses of this machine, where the keys of its client are.
      fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined } as RequestInit),
      rotateRefreshToken: true,
      issueRefreshToken: async () => true,
      pkce: { required: () => true },
      scopes: ["openid", "offline_access", "email", "read", "everything"], // of which our client may have all but the last
      claims: { openid: ["sub"], email: ["email"] },
      ttl: {
        AccessToken: options.accessTokenSeconds ?? 3600,
        AuthorizationCode: 60,
        ClientCredentials: options.accessTokenSeconds ?? 3600,
        Grant: 86_400,
        IdToken: 3600,
        Interaction: 600,
        RefreshToken: 86_400,
        Session: 86_400,
      },
      cookies: { keys: ["a key for the cookies of one test"] },
    };
  }
}
