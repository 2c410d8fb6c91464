// An EHR's authorization server and FHIR base, strict where SMART App Launch 2.2 says SHALL: what breaks a rule is refused
// and noted, and a test that passes has broken none.
import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";

export interface SmartClient {
  id: string;
  /** Empty: the client proves itself by signatures. */
  secret?: string;
  redirectUri: string;
  jwksUri?: string;
  /** What the server takes of signatures. */
  algorithms?: string[];
}

interface Authorization {
  parameters: URLSearchParams;
  scopes: string[];
}

const encountered = { patient: "patient-123", encounter: "encounter-9" };

export class SmartServer {
  readonly fhirBase: string;
  /** Rules that were broken by what was received, in words. */
  readonly broken: string[] = [];
  /** The authorization requests received. */
  readonly asked: URLSearchParams[] = [];
  /** The token requests received, with their assertion's header and claims. */
  readonly presented: { form: URLSearchParams; assertion?: Record<string, unknown> }[] = [];
  /** What the configuration is made of besides endpoints; a test may change it. */
  capabilities = ["launch-ehr", "launch-standalone", "client-confidential-symmetric", "client-confidential-asymmetric", "context-ehr-patient", "permission-v2"];
  configuration: Record<string, unknown> = {};
  #url: string;
  #server: Server;
  #client: SmartClient | undefined;
  #codes = new Map<string, Authorization>();
  #refreshTokens = new Map<string, string[]>();
  #launches = new Set<string>();
  #assertionIds = new Set<string>();

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.#url = url;
    this.fhirBase = `${url}/fhir/r4`;
  }

  static async start(): Promise<SmartServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const made = new SmartServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("request", (request, response) => {
      made.#answer(request, response).catch((error: unknown) => {
        made.broken.push(String(error));
        response.writeHead(500).end();
      });
    });
    return made;
  }

  register(client: SmartClient): void {
    this.#client = client;
  }

  /** A value that the EHR opens the app with. */
  newLaunch(): string {
    const launch = randomBytes(12).toString("base64url");
    this.#launches.add(launch);
    return launch;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #require(held: boolean, rule: string): boolean {
    if (!held) this.broken.push(rule);
    return held;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", this.#url);
    if (url.pathname === "/fhir/r4/.well-known/smart-configuration") return this.#configurationTo(request, response);
    if (url.pathname === "/authorize") return this.#authorize(url, response);
    if (url.pathname === "/token" && request.method === "POST") return this.#token(request, response);
    response.writeHead(404).end();
  }

  #configurationTo(request: IncomingMessage, response: ServerResponse): void {
    this.#require((request.headers.accept ?? "").includes("application/json"), "the discovery request accepts application/json");
    this.#json(response, 200, {
      issuer: this.#url,
      authorization_endpoint: `${this.#url}/authorize`,
      token_endpoint: `${this.#url}/token`,
      grant_types_supported: ["authorization_code", "client_credentials"],
      code_challenge_methods_supported: ["S256"],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "private_key_jwt"],
      token_endpoint_auth_signing_alg_values_supported: ["RS384", "ES384"],
      scopes_supported: ["launch", "launch/patient", "offline_access", "patient/*.rs", "system/*.rs"],
      capabilities: this.capabilities,
      ...this.configuration,
    });
  }

  #authorize(url: URL, response: ServerResponse): void {
    const sent = url.searchParams;
    this.asked.push(sent);
    const client = this.#client;
    const scopes = (sent.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
    const launch = sent.get("launch");
    const good =
      this.#require(sent.get("response_type") === "code", "response_type is code") &&
      this.#require(sent.get("client_id") === client?.id, "client_id is the registered one") &&
      this.#require(sent.get("redirect_uri") === client?.redirectUri, "redirect_uri is the registered one") &&
      this.#require(Buffer.from(sent.get("state") ?? "", "base64url").length * 8 >= 122, "state has at least 122 bits") &&
      this.#require(sent.get("aud") === this.fhirBase, "aud is the FHIR base") &&
      this.#require(scopes.length > 0, "scope is there") &&
      this.#require(sent.get("code_challenge_method") === "S256", "code_challenge_method is S256") &&
      this.#require(/^[A-Za-z0-9_-]{43}$/.test(sent.get("code_challenge") ?? ""), "code_challenge is a SHA-256") &&
      this.#require(scopes.includes("launch") === (launch !== null), "launch comes with the scope launch and with no other") &&
      this.#require(launch === null || this.#launches.has(launch), "launch is the value the EHR gave");
    if (!good) {
      response.writeHead(400).end();
      return;
    }
    const code = randomBytes(16).toString("base64url");
    this.#codes.set(code, { parameters: sent, scopes });
    const back = new URL(client?.redirectUri ?? "");
    back.search = new URLSearchParams({ code, state: sent.get("state") ?? "" }).toString();
    response.writeHead(302, { location: back.href }).end();
  }

  async #token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    this.#require(request.headers["content-type"] === "application/x-www-form-urlencoded", "the token request is a form");
    const assertion = await this.#authenticated(request, form);
    this.presented.push({ form, ...(typeof assertion === "object" ? { assertion } : {}) });
    if (assertion === false) return this.#json(response, 401, { error: "invalid_client" });
    const grantType = form.get("grant_type");
    if (grantType === "authorization_code") return this.#exchange(form, response);
    if (grantType === "refresh_token") return this.#refresh(form, response);
    if (grantType === "client_credentials") return this.#backend(form, assertion, response);
    this.#json(response, 400, { error: "unsupported_grant_type" });
  }

  /** False: it is not the client. An object: the assertion's header and claims. */
  async #authenticated(request: IncomingMessage, form: URLSearchParams): Promise<boolean | Record<string, unknown>> {
    const client = this.#client;
    if (client === undefined) return false;
    if (client.secret !== undefined) {
      const encoded = (text: string) => new URLSearchParams({ "": text }).toString().slice(1);
      const expected = "Basic " + Buffer.from(`${encoded(client.id)}:${encoded(client.secret)}`).toString("base64");
      return this.#require(request.headers.authorization === expected, "a symmetric client authenticates by Basic");
    }
    this.#require(form.get("client_assertion_type") === "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion_type is jwt-bearer");
    const token = form.get("client_assertion") ?? "";
    try {
      const header = decodeProtectedHeader(token);
      const keys = createRemoteJWKSet(new URL(client.jwksUri ?? ""));
      const { payload } = await jwtVerify(token, keys, { algorithms: client.algorithms ?? ["RS384", "ES384"], issuer: client.id, subject: client.id, audience: `${this.#url}/token`, requiredClaims: ["exp", "jti"] });
      this.#require(header.kid !== undefined && header.typ === "JWT", "the assertion's header names kid and typ JWT");
      this.#require((payload.exp ?? Infinity) - Date.now() / 1000 <= 300, "exp is at most five minutes ahead");
      this.#require(!this.#assertionIds.has(payload.jti ?? ""), "jti was never used before");
      this.#assertionIds.add(payload.jti ?? "");
      return { ...header, ...payload };
    } catch (error) {
      this.broken.push(`the assertion: ${String(error)}`);
      return false;
    }
  }

  #exchange(form: URLSearchParams, response: ServerResponse): void {
    const begun = this.#codes.get(form.get("code") ?? "");
    this.#codes.delete(form.get("code") ?? "");
    const challenge = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
    const good =
      begun !== undefined &&
      this.#require(form.get("redirect_uri") === begun.parameters.get("redirect_uri"), "redirect_uri is the same as before") &&
      this.#require(challenge === begun.parameters.get("code_challenge"), "code_verifier fits code_challenge");
    if (!good) return this.#json(response, 400, { error: "invalid_grant" });
    const wantsPatient = begun.scopes.some((scope) => scope === "launch" || scope === "launch/patient");
    const context = wantsPatient
      ? { ...encountered, need_patient_banner: true, intent: "reconcile-medications", smart_style_url: `${this.#url}/style.json`, tenant: "hospital-7", fhirContext: [{ reference: "ImagingStudy/5" }] }
      : {};
    this.#grant(response, begun.scopes, context);
  }

  #refresh(form: URLSearchParams, response: ServerResponse): void {
    const token = form.get("refresh_token") ?? "";
    const scopes = this.#refreshTokens.get(token);
    this.#refreshTokens.delete(token);
    if (scopes === undefined) return this.#json(response, 400, { error: "invalid_grant" });
    this.#grant(response, scopes, {});
  }

  #backend(form: URLSearchParams, assertion: true | Record<string, unknown>, response: ServerResponse): void {
    const scopes = (form.get("scope") ?? "").split(" ");
    const good =
      this.#require(typeof assertion === "object", "Backend Services authenticate by a signature") &&
      this.#require(scopes.every((scope) => scope.startsWith("system/")), "Backend Services ask for system scopes alone");
    if (!good) return this.#json(response, 400, { error: "invalid_request" });
    this.#json(response, 200, { access_token: randomBytes(16).toString("hex"), token_type: "bearer", expires_in: 300, scope: scopes.join(" ") });
  }

  #grant(response: ServerResponse, scopes: string[], context: Record<string, unknown>): void {
    const refreshToken = randomBytes(16).toString("hex");
    if (scopes.includes("offline_access")) this.#refreshTokens.set(refreshToken, scopes);
    this.#json(response, 200, {
      access_token: randomBytes(16).toString("hex"),
      token_type: "Bearer",
      expires_in: 3600,
      scope: scopes.join(" "),
      ...(scopes.includes("offline_access") ? { refresh_token: refreshToken } : {}),
      ...context,
    });
  }

  #json(response: ServerResponse, status: number, body: unknown): void {
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", pragma: "no-cache" }).end(JSON.stringify(body));
  }
}
