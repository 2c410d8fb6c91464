// A provider whose ledger is the judge: it rotates refresh tokens, with grace or strictly, and notes what was presented when
// and how far its answer got. A test decides the fate of single refreshes: what happens before the provider decides, before
// it answers, halfway through the answer and after it.
import { randomBytes } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Rotation = { policy: "with_grace"; graceSeconds: number } | { policy: "strictly" } | { policy: "static" };

/** Where it listens; and the URL that it is called by, if something stands before it. */
export interface Listening {
  host?: string;
  port?: number;
  url?: string;
}

export interface Presentation {
  grant: string;
  refreshToken: string;
  at: number;
  outcome: "granted" | "invalid_grant" | "failed";
  answered: "whole" | "half" | "nothing";
  /** Who presented it, if the caller's token URL names it. */
  from: string;
  /** The access token it was exchanged for. */
  issued?: string;
  /** Its number among all that were issued here. */
  order?: number;
  /** The number of the grant among those of its name. */
  epoch: number;
  /** When the answer had left, or the caller had hung up. */
  endedAt?: number;
}

/** A grant begun with a code. */
export interface Beginning {
  grant: string;
  at: number;
  issued: string;
  order: number;
}

export interface Fate {
  beforeDeciding?: () => void | Promise<void>;
  beforeAnswering?: () => void | Promise<void>;
  /** Half of the answer has left. */
  halfway?: () => void | Promise<void>;
  afterAnswering?: () => void | Promise<void>;
  /** Answers this instead of deciding: nothing is spent. */
  failWith?: number;
  /** Decides, and closes the connection without a byte of an answer. */
  hangUp?: boolean;
  /** Put into the answer of a refresh, whatever it is. */
  members?: Record<string, unknown>;
}

interface Grant {
  name: string;
  epoch: number;
  current: string;
  /** Replaced refresh tokens that still work, and since when they are replaced. */
  replaced: Map<string, number>;
  accessToken: string;
  revoked: boolean;
}

export class LedgerProvider {
  readonly ledger: Presentation[] = [];
  readonly beginnings: Beginning[] = [];
  /** Called when a presentation has begun, when it is decided and when it has ended, and when a grant has begun. */
  onEntry: (entry: Presentation | Beginning) => void = () => {};
  /** Asked at every refresh. */
  fate: (grant: string) => Fate = () => ({});
  expiresIn = 3600;
  /** Of the last request. */
  lastHeaders: IncomingHttpHeaders = {};
  /** Put into every answer; `refresh_token: undefined` withholds it. */
  members: Record<string, unknown> = {};
  /** The status with which its API answers `GET /api/…` to the bearer of this access token. */
  api: (accessToken: string) => number = () => 200;
  /** How often its API was called. */
  apiCalls = 0;
  /** The status with which it answers a revocation, and its Retry-After. */
  revocation: () => { status: number; retryAfter?: string } = () => ({ status: 200 });
  /** Lines of its own in the catalogue entry. */
  entry = "";
  readonly url: string;
  readonly #rotation: Rotation;
  readonly #server: Server;
  readonly #grants = new Map<string, Grant>();
  readonly #owners = new Map<string, Grant>();
  #issued = 0;

  private constructor(server: Server, rotation: Rotation, url?: string) {
    this.#server = server;
    this.#rotation = rotation;
    this.url = url ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => void this.#token(request, response));
  }

  static async start(rotation: Rotation, listening: Listening = {}): Promise<LedgerProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(listening.port ?? 0, listening.host ?? "127.0.0.1", resolve));
    return new LedgerProvider(server, rotation, listening.url);
  }

  /** The catalogue entry under which Evergrant knows this provider. */
  catalogFile(id: string): string {
    return catalogFile(id, this.url, this.#rotation) + this.entry;
  }

  /** Ends a grant, as a person does at the provider. */
  revoke(grant: string): void {
    const known = this.#grants.get(grant);
    if (known) known.revoked = true;
  }

  isRevoked(grant: string): boolean {
    return this.#grants.get(grant)?.revoked === true;
  }

  /** The newest access token of a grant. */
  accessToken(grant: string): string {
    return this.#grants.get(grant)?.accessToken ?? "";
  }

  presentationsOf(grant: string): Presentation[] {
    return this.ledger.filter((one) => one.grant === grant);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith("/api/") === true) {
      ++this.apiCalls;
      response.writeHead(this.api((request.headers.authorization ?? "").replace(/^Bearer /, ""))).end("{}");
      return;
    }
    let text = "";
    this.lastHeaders = request.headers;
    for await (const chunk of request) text += String(chunk);
    const form = new URLSearchParams(text);
    if (form.get("grant_type") === "authorization_code") {
      const grant = this.#begin(form.get("code") ?? "");
      this.beginnings.push({ grant: grant.name, at: Date.now(), issued: grant.accessToken, order: this.#issued });
      this.onEntry(this.beginnings.at(-1)!);
      response.setHeader("content-type", "application/json").end(JSON.stringify(this.#answerOf(grant)));
      return;
    }
    if (request.url?.endsWith("/revoke") === true) {
      const { status, retryAfter } = this.revocation();
      const revoked = this.#owners.get(form.get("token") ?? "");
      if (revoked && status === 200) revoked.revoked = true;
      response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter }).end();
      return;
    }
    await this.#refresh(form.get("refresh_token") ?? "", new URL(request.url ?? "/", this.url).searchParams.get("from") ?? "", response);
  }

  /** Whoever brings a code gets the grant that the code names, anew. */
  #begin(name: string): Grant {
    const epoch = (this.#grants.get(name)?.epoch ?? 0) + 1;
    const grant: Grant = { name, epoch, current: "", replaced: new Map(), accessToken: "", revoked: false };
    this.#grants.set(name, grant);
    this.#renew(grant);
    return grant;
  }

  #renew(grant: Grant): void {
    const stays = this.#rotation.policy === "static" && grant.current !== "";
    if (!stays) grant.current = `refresh-${randomBytes(18).toString("base64url")}`;
    grant.accessToken = `access-${randomBytes(18).toString("base64url")}`;
    this.#owners.set(grant.current, grant);
    ++this.#issued;
  }

  async #refresh(refreshToken: string, from: string, response: ServerResponse): Promise<void> {
    const grant = this.#owners.get(refreshToken);
    const entry: Presentation = {
      grant: grant?.name ?? "",
      refreshToken,
      at: Date.now(),
      outcome: "failed",
      answered: "nothing",
      from,
      epoch: grant?.epoch ?? 0,
    };
    this.ledger.push(entry);
    this.onEntry(entry);
    response.once("close", () => {
      entry.endedAt = Date.now();
      this.onEntry(entry);
    });
    const fate = this.fate(entry.grant);
    await fate.beforeDeciding?.();
    let status = fate.failWith ?? 200;
    let answer: object = { error: "temporarily_unavailable" };
    if (fate.failWith === undefined) {
      entry.outcome = grant !== undefined && this.#spend(grant, refreshToken) ? "granted" : "invalid_grant";
      status = entry.outcome === "granted" ? 200 : 400;
      if (entry.outcome === "granted" && grant) Object.assign(entry, { issued: grant.accessToken, order: this.#issued });
      answer = entry.outcome === "granted" && grant ? this.#answerOf(grant) : { error: "invalid_grant" };
    }
    this.onEntry(entry);
    await fate.beforeAnswering?.();
    if (fate.hangUp === true) {
      response.socket?.destroy();
      return;
    }
    await this.#answer(response, status, JSON.stringify({ ...answer, ...fate.members }), entry, fate);
  }

  /** Whether the token still works; if so it is replaced. Reuse of a replaced one ends a grant that rotates strictly. */
  #spend(grant: Grant, refreshToken: string): boolean {
    if (grant.revoked) return false;
    const now = Date.now();
    if (refreshToken === grant.current) {
      grant.replaced.clear();
      if (this.#rotation.policy !== "static") grant.replaced.set(refreshToken, now);
    } else if (this.#rotation.policy === "strictly") {
      grant.revoked = true;
      return false;
    } else {
      const since = grant.replaced.get(refreshToken);
      const grace = this.#rotation.policy === "with_grace" ? this.#rotation.graceSeconds : 0;
      if (since === undefined || now - since > grace * 1000) return false;
    }
    this.#renew(grant);
    return true;
  }

  #answerOf(grant: Grant): object {
    return { access_token: grant.accessToken, refresh_token: grant.current, token_type: "Bearer", expires_in: this.expiresIn, scope: "read", ...this.members };
  }

  async #answer(response: ServerResponse, status: number, body: string, entry: Presentation, fate: Fate): Promise<void> {
    response.on("error", () => {});
    response.writeHead(status, { "content-type": "application/json", "content-length": body.length });
    if (fate.halfway) {
      await new Promise<void>((resolve) => response.write(body.slice(0, body.length / 2), () => resolve()));
      entry.answered = "half";
      await fate.halfway();
    }
    response.once("finish", () => {
      entry.answered = "whole";
      void fate.afterAnswering?.();
    });
    response.end(fate.halfway ? body.slice(body.length / 2) : body);
  }
}

export function catalogFile(id: string, url: string, rotation: Rotation, from = ""): string {
  const policies = {
    strictly: "{policy: rotates_strictly}",
    static: "{policy: static}",
    with_grace: `{policy: rotates_with_grace, grace_seconds: ${rotation.policy === "with_grace" ? rotation.graceSeconds : 0}}`,
  };
  return `id: ${id}
name: Ledger
grant_types: [authorization_code, refresh_token]
authorization_url: ${url}/authorize
token_url: ${url}/token${from === "" ? "" : `?from=${from}`}
client_auth: client_secret_basic
scopes: [read]
refresh: ${policies[rotation.policy]}
`;
}
