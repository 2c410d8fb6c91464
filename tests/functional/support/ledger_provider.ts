// A provider whose ledger is the judge: it rotates refresh tokens, with grace or strictly, and notes what was presented when
// and how far its answer got. A test decides the fate of single refreshes: what happens before the provider decides, before
// it answers, halfway through the answer and after it.
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Rotation = { policy: "with_grace"; graceSeconds: number } | { policy: "strictly" };

export interface Presentation {
  grant: string;
  refreshToken: string;
  at: number;
  outcome: "granted" | "invalid_grant" | "failed";
  answered: "whole" | "half" | "nothing";
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
  /** Put into the answer of a granted refresh. */
  members?: Record<string, unknown>;
}

interface Grant {
  name: string;
  current: string;
  /** Replaced refresh tokens that still work, and since when they are replaced. */
  replaced: Map<string, number>;
  accessToken: string;
  revoked: boolean;
}

export class LedgerProvider {
  readonly ledger: Presentation[] = [];
  /** Asked at every refresh. */
  fate: (grant: string) => Fate = () => ({});
  expiresIn = 3600;
  readonly url: string;
  readonly #rotation: Rotation;
  readonly #server: Server;
  readonly #grants = new Map<string, Grant>();
  readonly #owners = new Map<string, Grant>();

  private constructor(server: Server, rotation: Rotation) {
    this.#server = server;
    this.#rotation = rotation;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => void this.#token(request, response));
  }

  static async start(rotation: Rotation): Promise<LedgerProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new LedgerProvider(server, rotation);
  }

  /** The catalogue entry under which Evergrant knows this provider. */
  catalogFile(id: string): string {
    const policy =
      this.#rotation.policy === "strictly"
        ? "{policy: rotates_strictly}"
        : `{policy: rotates_with_grace, grace_seconds: ${this.#rotation.graceSeconds}}`;
    return `id: ${id}
name: Ledger
grant_types: [authorization_code, refresh_token]
authorization_url: ${this.url}/authorize
token_url: ${this.url}/token
client_auth: client_secret_basic
scopes: [read]
refresh: ${policy}
`;
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
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const form = new URLSearchParams(text);
    if (form.get("grant_type") === "authorization_code") {
      const grant = this.#begin(form.get("code") ?? "");
      response.setHeader("content-type", "application/json").end(JSON.stringify(this.#answerOf(grant)));
      return;
    }
    await this.#refresh(form.get("refresh_token") ?? "", response);
  }

  /** Whoever brings a code gets the grant that the code names, anew. */
  #begin(name: string): Grant {
    const grant: Grant = { name, current: "", replaced: new Map(), accessToken: "", revoked: false };
    this.#grants.set(name, grant);
    this.#renew(grant);
    return grant;
  }

  #renew(grant: Grant): void {
    grant.current = `refresh-${randomBytes(18).toString("base64url")}`;
    grant.accessToken = `access-${randomBytes(18).toString("base64url")}`;
    this.#owners.set(grant.current, grant);
  }

  async #refresh(refreshToken: string, response: ServerResponse): Promise<void> {
    const grant = this.#owners.get(refreshToken);
    const entry: Presentation = {
      grant: grant?.name ?? "",
      refreshToken,
      at: Date.now(),
      outcome: "failed",
      answered: "nothing",
    };
    this.ledger.push(entry);
    const fate = this.fate(entry.grant);
    await fate.beforeDeciding?.();
    let status = fate.failWith ?? 200;
    let answer: object = { error: "temporarily_unavailable" };
    if (fate.failWith === undefined) {
      entry.outcome = grant !== undefined && this.#spend(grant, refreshToken) ? "granted" : "invalid_grant";
      status = entry.outcome === "granted" ? 200 : 400;
      answer = entry.outcome === "granted" && grant ? { ...this.#answerOf(grant), ...fate.members } : { error: "invalid_grant" };
    }
    await fate.beforeAnswering?.();
    if (fate.hangUp === true) {
      response.socket?.destroy();
      return;
    }
    await this.#answer(response, status, JSON.stringify(answer), entry, fate);
  }

  /** Whether the token still works; if so it is replaced. Reuse of a replaced one ends a grant that rotates strictly. */
  #spend(grant: Grant, refreshToken: string): boolean {
    if (grant.revoked) return false;
    const now = Date.now();
    if (refreshToken === grant.current) {
      grant.replaced.clear();
      grant.replaced.set(refreshToken, now);
    } else if (this.#rotation.policy === "strictly") {
      grant.revoked = true;
      return false;
    } else {
      const since = grant.replaced.get(refreshToken);
      if (since === undefined || now - since > this.#rotation.graceSeconds * 1000) return false;
    }
    this.#renew(grant);
    return true;
  }

  #answerOf(grant: Grant): object {
    return { access_token: grant.accessToken, refresh_token: grant.current, token_type: "Bearer", expires_in: this.expiresIn, scope: "read" };
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
