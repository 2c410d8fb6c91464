// A provider with a token endpoint and an API of its own, whose paths behave well or badly as their names say. It notes what
// reaches it.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Evergrant, type Options } from "./evergrant.ts";

export interface Reached {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export class ApiUpstream {
  readonly url: string;
  readonly reached: Reached[] = [];
  /** Bytes of the streamed upload under way. */
  uploaded = 0;
  /** Bytes that the endless download has been able to write. */
  downloaded = 0;
  tokensGiven = 0;
  /** Tokens up to this number are refused with a 401. */
  refusedUpTo = 0;
  /** Answers 429 or 503 to so many requests first. */
  busy: { status: number; times: number; retryAfter?: string } | undefined;
  #server: Server;
  #hold: ((value: unknown) => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<ApiUpstream> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ApiUpstream(server);
  }

  catalogFile(id: string, more = ""): string {
    return `id: ${id}
name: ${id}
grant_types: [client_credentials]
token_url: ${this.url}/token
client_auth: client_secret_post
api_base_url: ${this.url}/base
authorization_scheme: Zoho-oauthtoken
${more}`;
  }

  /** Lets what /held waits for go on. */
  release(): void {
    for (const go of this.#hold.splice(0)) go(undefined);
  }

  at(path: string): Reached[] {
    return this.reached.filter((one) => one.url.startsWith(path));
  }

  async stop(): Promise<void> {
    this.release();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? "";
    if (url === "/token") {
      request.resume();
      this.tokensGiven++;
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ access_token: `token-${this.tokensGiven}`, token_type: "Bearer", expires_in: 3600 }));
      return;
    }
    if (url.startsWith("/base/upload")) return this.#upload(request, response);
    let body = "";
    for await (const piece of request) body += String(piece);
    this.reached.push({ method: request.method ?? "", url, headers: request.headers, body });
    const token = Number(/token-(\d+)/.exec(request.headers.authorization ?? "")?.[1] ?? 0);
    if (token <= this.refusedUpTo) {
      response.writeHead(401, { "content-type": "application/json" }).end('{"code":"INVALID_TOKEN"}');
      return;
    }
    if (this.busy !== undefined && this.busy.times > 0) {
      this.busy.times--;
      const wait = this.busy.retryAfter === undefined ? {} : { "retry-after": this.busy.retryAfter };
      response.writeHead(this.busy.status, wait).end("busy");
      return;
    }
    this.#act(url, response);
  }

  #act(url: string, response: ServerResponse): void {
    const action = url.slice("/base/".length).split(/[?/]/)[0];
    switch (action) {
      case "empty":
        response.writeHead(204).end();
        return;
      case "cookies":
        response.writeHead(200, {
          "set-cookie": ["session=1", "other=2"], "content-type": "text/html", "x-request-id": "provider-1", "keep-alive": "timeout=9",
          "access-control-allow-origin": "*", "x-good": "yes",
        });
        response.end("<script>1</script>");
        return;
      case "moved":
        response.writeHead(302, { location: `${this.url}/base/there?x=1` }).end();
        return;
      case "moved-away":
        response.writeHead(302, { location: "http://127.0.0.1:1/elsewhere" }).end();
        return;
      case "held":
        response.writeHead(200, { "content-type": "text/plain" });
        response.write("first ");
        this.#hold.push(() => response.end("second"));
        return;
      case "cut":
        response.writeHead(200, { "content-length": "1000" });
        response.write("only this");
        setTimeout(() => response.destroy(), 50);
        return;
      case "silent":
        this.#hold.push(() => response.destroy());
        return;
      case "endless":
        return this.#endless(response);
      default:
        response.writeHead(200, { "content-type": "application/json", "x-from": "upstream" });
        response.end(JSON.stringify({ ok: true, url }));
    }
  }

  #endless(response: ServerResponse): void {
    const piece = Buffer.alloc(64 * 1024, "d");
    const more = () => {
      while (!response.destroyed) {
        this.downloaded += piece.length;
        if (!response.write(piece)) {
          response.once("drain", more);
          return;
        }
      }
    };
    response.writeHead(200, { "content-type": "application/octet-stream" });
    more();
  }

  async #upload(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.uploaded = 0;
    const refuses = (request.url ?? "").startsWith("/base/upload-refused");
    if (refuses) {
      response.writeHead(413, { connection: "close" }).end("too large");
      return;
    }
    const token = Number(/token-(\d+)/.exec(request.headers.authorization ?? "")?.[1] ?? 0);
    for await (const piece of request) this.uploaded += (piece as Buffer).length;
    this.reached.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body: "" });
    if (token <= this.refusedUpTo) response.writeHead(401).end();
    else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ bytes: this.uploaded }));
  }
}

/** Evergrant with the upstream as its provider, and acme connected to it. */
export async function upstreamScene(options: Options = {}, more = ""): Promise<{ evergrant: Evergrant; upstream: ApiUpstream; key: string }> {
  const upstream = await ApiUpstream.start();
  const evergrant = await Evergrant.start({ ...options, catalog: { "demo.yaml": upstream.catalogFile("demo", more) } });
  await evergrant.post("/api/tenants", { id: "acme", name: "Acme" });
  await evergrant.call("PUT", "/api/credentials/demo", { clientId: "id", clientSecret: "secret" });
  const made = await evergrant.post("/api/oauth/client-credentials", { provider: "demo", integrationId: "demo", tenantId: "acme" });
  if (made.status !== 200) throw new Error(JSON.stringify(made.body));
  const key = (await evergrant.post("/api/keys", { name: "application", role: "app", tenants: ["acme"] })).body.key;
  return { evergrant, upstream, key };
}
