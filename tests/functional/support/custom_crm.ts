// A CRM with the API that docs/integrations/custom_crm.md describes, and its own accounts server: client credentials, customers, their
// calls. What is not as described there is noted in `wrong`.
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Row = Record<string, unknown>;
interface Reply {
  status: number;
  body?: unknown;
}

export const crmClient = { clientId: "evergrant", clientSecret: "secret" };
const fields = new Set([
  "id", "kind", "firstName", "lastName", "name", "email", "phone", "mobile", "company", "title", "address", "tags", "customFields",
]);
const callFields = new Set([
  "direction", "outcome", "at", "durationSeconds", "phone", "agent", "subject", "notes", "tags", "recordingUrl", "followUp",
]);

export class CustomCrm {
  readonly url: string;
  readonly customers: Row[] = [];
  readonly calls: Row[] = [];
  readonly requests: string[] = [];
  readonly wrong: string[] = [];
  #tokens = new Set<string>();
  #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<CustomCrm> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new CustomCrm(server);
  }

  /** All tokens given until now are worth nothing. */
  forgetTokens(): void {
    this.#tokens.clear();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const { status, body } = request.url === "/token" ? this.#token(text) : this.#judge(request, text);
    response.writeHead(status, body === undefined ? {} : { "content-type": "application/json" });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  #token(text: string): Reply {
    if (new URLSearchParams(text).get("grant_type") !== "client_credentials") return { status: 400, body: { error: "unsupported_grant_type" } };
    const token = randomBytes(12).toString("hex");
    this.#tokens.add(token);
    return { status: 200, body: { access_token: token, token_type: "Bearer", expires_in: 3600 } };
  }

  #judge(request: IncomingMessage, text: string): Reply {
    this.requests.push(`${request.method} ${request.url}`);
    const note = (what: string): Reply => {
      this.wrong.push(`${request.method} ${request.url}: ${what}`);
      return { status: 400 };
    };
    const word = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (word === undefined) return note("no bearer");
    if (!this.#tokens.has(word)) return { status: 401 };
    const url = new URL(request.url ?? "/", this.url);
    const [root, api, customers, id, what, ...rest] = url.pathname.split("/").map(decodeURIComponent);
    if (root !== "" || api !== "api" || customers !== "customers" || rest.length > 0) return note("no such place");
    if (request.method === "GET" && id === undefined) return this.#find(url.searchParams, note);
    const body = text === "" ? {} : (JSON.parse(text) as Row);
    if (request.method !== "GET" && request.headers["content-type"] !== "application/json") return note("not JSON");
    const unknown = Object.keys(body).filter((name) => !(what === "calls" ? callFields : fields).has(name));
    if (unknown.length > 0) return note(`unknown fields ${unknown}`);
    if (request.method === "POST" && id === undefined) {
      const made = { id: String(this.customers.length + 1), ...body };
      this.customers.push(made);
      return { status: 201, body: made };
    }
    const customer = this.customers.find((one) => one["id"] === id);
    if (customer === undefined) return { status: 404 };
    if (request.method === "GET" && what === "interactions")
      return { status: 200, body: { interactions: this.calls.filter((one) => one["customer"] === id).map((one) => ({ kind: "call", ...one })) } };
    if (request.method === "GET" && what === undefined) return { status: 200, body: customer };
    if (request.method === "PATCH" && what === undefined) return { status: 200, body: Object.assign(customer, body) };
    if (request.method !== "POST" || what !== "calls") return note("no such place");
    const call = { id: `c${this.calls.length + 1}`, customer: id, ...body };
    this.calls.push(call);
    return { status: 201, body: { id: call.id } };
  }

  #find(query: URLSearchParams, note: (what: string) => Reply): Reply {
    const names = [...query.keys()].join();
    if (!["phone", "email", "q,limit", "q,limit,cursor"].includes(names)) return note("unknown parameters");
    const has = (row: Row, name: string, value: string | null): boolean => value === null || row[name] === value;
    const words = (query.get("q") ?? "").toLowerCase();
    const found = this.customers.filter((row) =>
      (has(row, "phone", query.get("phone")) || has(row, "mobile", query.get("phone"))) && has(row, "email", query.get("email")) &&
      JSON.stringify(row).toLowerCase().includes(words));
    const from = Number(query.get("cursor") ?? 0);
    const to = from + Number(query.get("limit") ?? found.length);
    return { status: 200, body: { customers: found.slice(from, to), ...(to < found.length ? { nextCursor: String(to) } : {}) } };
  }
}
