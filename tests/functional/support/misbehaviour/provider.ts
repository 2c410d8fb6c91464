// A provider that behaves well until it is told otherwise: by path, so that each kind of misbehaviour has a provider of its
// own in Evergrant's catalogue. It notes which refresh tokens it is presented.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** One request to the token endpoint, and the answer that a good provider would give. */
export interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  socket: Socket;
  /** Whose it is: `<provider>/<code>`. */
  grant: string;
  /** The members of a good answer. Asking for them decides: tokens are given. */
  good: () => Record<string, unknown>;
}

export type Conduct = (call: Call) => void | Promise<void>;

/** `lenient`: any refresh token it ever gave works on. `strict`: only the newest, and an older one ends the grant. */
export type Memory = "lenient" | "strict" | { graceSeconds: number };

interface Grant {
  memory: Memory;
  tokens: { text: string; replacedAt?: number }[];
  ended: boolean;
  /** How long its first access token lives. */
  firstLife: number;
}

export class MisbehavingProvider {
  readonly url: string;
  /** Of each grant, `<provider>/<integration>`, what was presented to refresh it. */
  readonly presented = new Map<string, string[]>();
  readonly #conducts = new Map<string, Conduct>();
  readonly #memories = new Map<string, Memory>();
  readonly #grants = new Map<string, Grant>();
  readonly #owners = new Map<string, string>();
  readonly #revoked: string[] = [];
  readonly #server: Server;
  #given = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (socket) => void socket.on("error", () => {}));
    server.on("request", (request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<MisbehavingProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new MisbehavingProvider(server);
  }

  /** `more`: lines of its own. */
  catalogFile(id: string, memory: Memory, more = ""): string {
    this.#memories.set(id, memory);
    const policy = typeof memory === "string" ? "rotates_strictly" : `rotates_with_grace, grace_seconds: ${memory.graceSeconds}`;
    return `id: ${id}
name: Misbehaving
grant_types: [authorization_code, refresh_token]
authorization_url: ${this.url}/${id}/authorize
token_url: ${this.url}/${id}/token
revocation_url: ${this.url}/${id}/revoke
client_auth: client_secret_basic
scopes: [read]
refresh: {policy: ${policy}}
${more}`;
  }

  /** From now on, or never again. */
  behave(id: string, conduct?: Conduct): void {
    if (conduct === undefined) this.#conducts.delete(id);
    else this.#conducts.set(id, conduct);
  }

  /** The newest refresh token of a grant. */
  newest(grant: string): string {
    return this.#grants.get(grant)?.tokens.at(-1)?.text ?? "";
  }

  wasRevoked(refreshToken: string): boolean {
    return this.#revoked.includes(refreshToken);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => {});
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const form = new URLSearchParams(text);
    const [, id = "", route = ""] = (request.url ?? "").split("/");
    if (route === "revoke") {
      this.#revoked.push(form.get("token") ?? "");
      response.writeHead(200).end();
      return;
    }
    const refreshToken = form.get("refresh_token") ?? undefined;
    const grant = refreshToken === undefined ? `${id}/${form.get("code") ?? ""}` : (this.#owners.get(refreshToken) ?? "");
    if (refreshToken !== undefined) this.presented.set(grant, [...(this.presented.get(grant) ?? []), refreshToken]);
    const good = () => (refreshToken === undefined ? this.#begin(id, grant) : this.#refresh(grant, refreshToken));
    const honest: Conduct = () => {
      const answer = good();
      response.writeHead(answer["error"] === undefined ? 200 : 400, { "content-type": "application/json" }).end(JSON.stringify(answer));
    };
    await (this.#conducts.get(id) ?? honest)({ request, response, socket: request.socket, grant, good });
  }

  #begin(id: string, name: string): Record<string, unknown> {
    const firstLife = name.endsWith("/expired") ? 1 : 3600;
    const grant: Grant = { memory: this.#memories.get(id) ?? "lenient", tokens: [], ended: false, firstLife };
    this.#grants.set(name, grant);
    return this.#give(name, grant, firstLife);
  }

  #refresh(name: string, refreshToken: string): Record<string, unknown> {
    const grant = this.#grants.get(name);
    if (grant === undefined || !this.#accepts(grant, refreshToken)) return { error: "invalid_grant" };
    return this.#give(name, grant, 3600);
  }

  #accepts(grant: Grant, refreshToken: string): boolean {
    const found = grant.tokens.find((one) => one.text === refreshToken);
    if (found === undefined || grant.ended) return false;
    if (found.replacedAt === undefined || grant.memory === "lenient") return true;
    if (grant.memory !== "strict") return Date.now() - found.replacedAt < grant.memory.graceSeconds * 1000;
    grant.ended = true;
    return false;
  }

  #give(name: string, grant: Grant, seconds: number): Record<string, unknown> {
    const refreshToken = `refresh-${String(++this.#given).padStart(6, "0")}`;
    for (const older of grant.tokens) older.replacedAt ??= Date.now();
    grant.tokens.push({ text: refreshToken });
    this.#owners.set(refreshToken, name);
    return { access_token: `access-${String(this.#given).padStart(6, "0")}`, refresh_token: refreshToken, token_type: "Bearer", expires_in: seconds };
  }
}
