// The proxy: calls of a provider's API made through Evergrant, with the connection's token put in.
import assert from "node:assert/strict";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";
import { type ApiUpstream, upstreamScene } from "../support/api_upstream.ts";
import type { Evergrant } from "../support/evergrant.ts";
import { until } from "../support/until.ts";

let evergrant: Evergrant;
let upstream: ApiUpstream;
let key: string;

before(async () => {
  ({ evergrant, upstream, key } = await upstreamScene({ environment: { EVERGRANT_CALLS_TIMEOUT_SECONDS: "2" } }));
});
after(async () => {
  await evergrant.remove();
  await upstream.stop();
});
beforeEach(() => {
  upstream.reached.length = 0;
  upstream.busy = undefined;
  upstream.refusedUpTo = 0;
});

const proxied = (path: string) => `/api/proxy/acme/demo${path}`;
const call = (method: string, path: string, init: RequestInit & { duplex?: "half" } = {}) =>
  fetch(evergrant.url + proxied(path), {
    method, redirect: "manual", ...init, headers: { authorization: `Bearer ${key}`, ...(init.headers as Record<string, string>) },
  });

/** What a raw request is answered, as text. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(evergrant.url);
    const socket = connect(Number(port), hostname);
    let answer = "";
    socket.on("data", (piece) => (answer += piece.toString()));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
    socket.write(text);
  });
}

describe("a proxied call", () => {
  it("reaches the API base with its method, path, query and body, and the token under the provider's own word", async () => {
    const answer = await call("POST", "/crm/v3/Leads?fields=a%20b", { body: '{"a":1}', headers: { "content-type": "application/json", "x-own": "1" } });

    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("x-from"), "upstream");
    assert.equal(answer.headers.get("x-evergrant-provider"), "demo");
    const [reached] = upstream.reached;
    assert.equal(reached?.method, "POST");
    assert.equal(reached?.url, "/base/crm/v3/Leads?fields=a%20b");
    assert.equal(reached?.body, '{"a":1}');
    assert.match(reached?.headers.authorization ?? "", /^Zoho-oauthtoken token-\d+$/);
    assert.equal(reached?.headers["x-own"], "1");
  });

  for (const method of ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
    it(`may be a ${method}`, async () => {
      const answer = await call(method, "/thing");

      assert.equal(answer.status, 200);
      assert.equal(upstream.reached[0]?.method, method);
    });

  it("may be a HEAD, whose answer has no body", async () => {
    const answer = await call("HEAD", "/thing");

    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), "");
  });

  it("passes an answer without a body on", async () => {
    assert.equal((await call("GET", "/empty")).status, 204);
  });

  it("takes neither the caller's key nor cookies to the provider, nor hop-by-hop headers", async () => {
    const text = await raw(
      `GET ${proxied("/thing")} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nCookie: session=1\r\nX-Api-Key: k\r\n` +
      "X-Forwarded-For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\nTE: trailers\r\nProxy-Authorization: Basic eDp5\r\nX-Evergrant-Retries: 1\r\n" +
      "X-Hop: gone\r\nX-Kept: stays\r\nConnection: close, X-Hop\r\n\r\n");

    assert.match(text, /^HTTP\/1\.1 200 /);
    const headers = upstream.reached[0]?.headers ?? {};
    for (const name of ["cookie", "x-api-key", "x-forwarded-for", "forwarded", "te", "proxy-authorization", "x-evergrant-retries", "x-hop"])
      assert.equal(headers[name], undefined, name);
    assert.equal(headers["x-kept"], "stays");
    assert.equal(JSON.stringify(upstream.reached).includes(key), false);
  });

  it("brings no cookie back, nor what a browser would take for this server's word", async () => {
    const answer = await call("GET", "/cookies");

    assert.equal(answer.headers.get("set-cookie"), null);
    assert.equal(answer.headers.get("access-control-allow-origin"), null);
    assert.equal(answer.headers.get("keep-alive"), null);
    assert.equal(answer.headers.get("x-provider-request-id"), "provider-1");
    assert.equal(answer.headers.get("x-good"), "yes");
    assert.match(answer.headers.get("content-security-policy") ?? "", /sandbox/);
  });

  it("is led back through the proxy by a redirect within the API, and follows none itself", async () => {
    const within = await call("GET", "/moved");
    const away = await call("GET", "/moved-away");

    assert.equal(within.status, 302);
    assert.equal(within.headers.get("location"), proxied("/there?x=1"));
    assert.equal(away.headers.get("location"), "http://127.0.0.1:1/elsewhere");
  });

  it("may be made with a provider's own word before the key, as its SDK would", async () => {
    const answer = await call("GET", "/thing", { headers: { authorization: `Zoho-oauthtoken ${key}` } });

    assert.equal(answer.status, 200);
  });

  it("is counted in the metrics by provider and class of answer", async () => {
    await call("GET", "/thing");

    const figures = await evergrant.get("/metrics");
    assert.match(String(figures.body), /evergrant_api_calls_total\{answer="2xx",provider="demo"\} [1-9]/);
  });

  it("is told in the audit log if it changes something", async () => {
    await call("POST", "/audited/7?phone=%2B1415", { body: "x" });

    await until("the event", async () => {
      const { body } = await evergrant.get("/api/audit?action=api.call");
      const event = body.events.find((one: { detail: string }) => one.detail.includes("/audited/7"));
      return event?.detail === '{"method":"POST","path":"/audited/7","status":200}' && event.outcome === "ok";
    });
  });
});

describe("a caller of the proxy", () => {
  it("without credentials is refused", async () => {
    assert.equal((await call("GET", "/thing", { headers: { authorization: "" } })).status, 401);
    assert.equal(upstream.reached.length, 0);
  });

  it("of another tenant learns nothing of the connection", async () => {
    const foreign = (await evergrant.post("/api/keys", { name: "foreign", role: "app", tenants: ["other"] })).body.key;

    const answer = await call("GET", "/thing", { headers: { authorization: `Bearer ${foreign}` } });

    assert.equal(answer.status, 404);
    assert.equal((await answer.json() as { error: string }).error, "no_connection");
  });

  it("who is an auditor may not call", async () => {
    const auditor = (await evergrant.post("/api/keys", { name: "auditor", role: "auditor" })).body.key;

    assert.equal((await call("GET", "/thing", { headers: { authorization: `Bearer ${auditor}` } })).status, 403);
  });

  it("asks for a connection that is not there in vain", async () => {
    const answer = await fetch(`${evergrant.url}/api/proxy/acme/nothing/x`, { headers: { authorization: `Bearer ${key}` } });

    assert.equal(answer.status, 404);
  });
});

describe("a path at the provider", () => {
  const hostile = [
    "/../token", "/a/../../token", "/%2e%2e/token", "/a/%2E%2E/%2e%2e/token", "/.%2e/token", "/a/..%2f..%2ftoken", "/%252e%252e/token",
    "/a/..;x/token", "/a\\..\\token", "/a%5c..%5ctoken", "/a%zz", "/a%", "/a|b", "/a\"b", "/{b}", "/a^b", "/\u007f",
  ];
  for (const path of hostile)
    it(`is refused if it is ${JSON.stringify(path)}`, async () => {
      const text = await raw(`GET ${proxied(path)} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n\r\n`);

      assert.match(text, /^HTTP\/1\.1 400 /);
      assert.equal(upstream.reached.length, 0);
    });

  for (const path of ["/@127.0.0.1:1/x", "//127.0.0.1:1/x", "/http://127.0.0.1:1/x", "/%0d%0aX-Injected:%201", "/${jndi:x}".replace("{", "%7B").replace("}", "%7D")])
    it(`stays a path of the API if it is ${JSON.stringify(path)}`, async () => {
      const text = await raw(`GET ${proxied(path)} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n\r\n`);

      assert.match(text, /^HTTP\/1\.1 200 /);
      assert.equal(upstream.reached[0]?.url, `/base${path}`);
      assert.equal(upstream.reached[0]?.headers["x-injected"], undefined);
    });
});

describe("a token that the API refuses", () => {
  it("is renewed once, and the call made again, however many callers there are", async () => {
    const before = upstream.tokensGiven;
    upstream.refusedUpTo = before;

    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => call("POST", `/again/${index}`, { body: `body ${index}` })));

    assert.deepEqual(new Set(answers.map((one) => one.status)), new Set([200]));
    assert.equal(upstream.tokensGiven, before + 1);
    for (let index = 0; index < 20; index++)
      assert.equal(upstream.reached.findLast((one) => one.url === `/base/again/${index}`)?.body, `body ${index}`);
  });

  it("leaves the provider's own 401 if the new one is refused too", async () => {
    upstream.refusedUpTo = Number.MAX_SAFE_INTEGER;

    const answer = await call("GET", "/thing");

    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get("x-evergrant-provider"), "demo");
    assert.match(await answer.text(), /INVALID_TOKEN/);
  });
});

describe("a provider that is busy", () => {
  it("is told of with its Retry-After, and not called before", async () => {
    const other = (await evergrant.post("/api/oauth/client-credentials", { provider: "demo", integrationId: "busy", tenantId: "acme" })).body;
    assert.equal(other.success, true);
    const at = (path: string) => fetch(`${evergrant.url}/api/proxy/acme/busy${path}`, { headers: { authorization: `Bearer ${key}`, connection: "keep-alive" } });
    upstream.busy = { status: 429, times: 1, retryAfter: "30" };

    const first = await at("/thing");
    const later = await Promise.all(Array.from({ length: 8 }, () => at("/thing")));

    assert.equal(first.status, 429);
    assert.equal(first.headers.get("retry-after"), "30");
    assert.ok(later.filter((one) => one.status === 429).length >= 1);
    assert.ok(upstream.reached.length < 9);
  });

  it("is waited for, and asked again, if the caller wishes so", async () => {
    upstream.busy = { status: 503, times: 2, retryAfter: "1" };

    const answer = await call("GET", "/thing", { headers: { "x-evergrant-retries": "3", "x-evergrant-max-wait": "10" } });

    assert.equal(answer.status, 200);
    assert.equal(upstream.reached.length, 3);
  });

  it("is not asked again to do what could happen twice", async () => {
    upstream.busy = { status: 503, times: 1 };

    const answer = await call("POST", "/thing", { body: "once", headers: { "x-evergrant-retries": "3" } });

    assert.equal(answer.status, 503);
    assert.equal(upstream.reached.length, 1);
  });

  it("is not asked again without a wish", async () => {
    upstream.busy = { status: 503, times: 1 };

    assert.equal((await call("GET", "/thing")).status, 503);
  });

  it("and a wish that is none is refused", async () => {
    assert.equal((await call("GET", "/thing", { headers: { "x-evergrant-retries": "many" } })).status, 400);
  });
});

describe("a budget of calls in the catalogue", () => {
  it("is kept to without asking the provider", async () => {
    const scene = await upstreamScene({}, "budgets: {connection_calls: {requests: 3, seconds: 60}}\n");
    try {
      const statuses: number[] = [];
      for (let index = 0; index < 5; index++) {
        const answer = await fetch(`${scene.evergrant.url}/api/proxy/acme/demo/thing`, { headers: { authorization: `Bearer ${scene.key}` } });
        statuses.push(answer.status);
        if (answer.status === 429) assert.ok(Number(answer.headers.get("retry-after")) > 0);
      }

      assert.ok(statuses.filter((one) => one === 429).length >= 1, statuses.join());
      assert.equal(scene.upstream.reached.length, statuses.filter((one) => one === 200).length);
    } finally {
      await scene.evergrant.remove();
      await scene.upstream.stop();
    }
  });
});

describe("bodies", () => {
  it("of an answer arrive as they come", async () => {
    const answer = await call("GET", "/held");
    const reader = answer.body!.getReader();

    assert.equal(Buffer.from((await reader.read()).value!).toString(), "first ");
    upstream.release();
    let rest = "";
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) rest += Buffer.from(piece.value).toString();

    assert.equal(rest, "second");
  });

  it("of a request leave as they come, of unknown length too", async () => {
    const { port } = new URL(evergrant.url);
    const sent = httpRequest({ port, method: "POST", path: proxied("/upload"), headers: { authorization: `Bearer ${key}` } });
    const answered = new Promise<IncomingMessage>((resolve, reject) => sent.once("response", resolve).once("error", reject));
    sent.write(Buffer.alloc(200_000, "u"));
    await until("the first bytes at the provider", () => upstream.uploaded >= 200_000);

    sent.end(Buffer.alloc(100_000, "u"));
    const answer = await answered;
    let text = "";
    for await (const piece of answer) text += String(piece);

    assert.deepEqual(JSON.parse(text), { bytes: 300_000 });
  });

  it("wait for a reader who is slow", async () => {
    const { port } = new URL(evergrant.url);
    const sent = httpRequest({ port, path: proxied("/endless"), headers: { authorization: `Bearer ${key}` } });
    sent.end();
    const answer = await new Promise<IncomingMessage>((resolve, reject) => sent.once("response", resolve).once("error", reject));
    answer.pause();
    let before = -1;
    await until("the provider to be held back", async () => {
      const still = upstream.downloaded === before;
      before = upstream.downloaded;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return still;
    });

    // What stands between: sockets' buffers and ours.
    assert.ok(upstream.downloaded < 64 * 1024 * 1024, String(upstream.downloaded));
    sent.destroy();
  });

  it("too large to be kept pass on a refused token's 401, and the next call has another", async () => {
    upstream.refusedUpTo = upstream.tokensGiven;
    const large = "l".repeat(300_000);

    const first = await call("PUT", "/upload", { body: large });
    const second = await call("PUT", "/upload", { body: large });

    assert.equal(first.status, 401);
    assert.equal(second.status, 200);
  });

  it("that the provider does not want are answered by what it says", async () => {
    const answer = await call("PUT", "/upload-refused", { body: "r".repeat(150_000) });

    assert.equal(answer.status, 413);
  });
});

describe("a request that is not what it looks like", () => {
  it("with a target whose path only seems the proxy's is answered without a bug", async () => {
    const text = await raw(`GET http://h?/api/proxy/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);

    assert.match(text, /^HTTP\/1\.1 [24]\d\d /);
  });

  it("cannot turn its method into another by a header", async () => {
    await call("POST", "/thing", { body: "x", headers: { "x-http-method-override": "DELETE" } });

    assert.equal(upstream.reached[0]?.headers["x-http-method-override"], undefined);
  });

  it("whose upload nobody wants is answered before it has ended", async () => {
    const { port } = new URL(evergrant.url);
    const sent = httpRequest({ port, method: "PUT", path: proxied("/upload-refused"), headers: { authorization: `Bearer ${key}` } });
    sent.on("error", () => {});
    const answered = new Promise<IncomingMessage>((resolve, reject) => sent.once("response", resolve).once("error", reject));
    sent.write("only a beginning");

    assert.equal((await answered).statusCode, 413);
    sent.destroy();
  });
});

describe("a provider that fails", () => {
  it("in the middle of its answer breaks the caller's off", async () => {
    const answer = await call("GET", "/cut");

    await assert.rejects(answer.text());
  });

  it("by being silent is given up", async () => {
    const answer = await call("GET", "/silent");

    assert.equal(answer.status, 504);
    assert.equal((await answer.json() as { error: string }).error, "provider_timeout");
  });

  it("leaves the connection of who was answered in order", async () => {
    const both = await raw(
      `GET ${proxied("/thing")} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\n\r\n` +
      `GET ${proxied("/other")} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n\r\n`);

    assert.equal(both.match(/HTTP\/1\.1 200 /g)?.length, 2);
  });
});

describe("a key that is limited to some calls", () => {
  let limited: string;
  const with_ = (method: string, path: string) => call(method, path, { headers: { authorization: `Bearer ${limited}` } });
  before(async () => {
    const order = { name: "agent", role: "app", tenants: ["acme"], methods: ["GET"], paths: ["/crm/v3/Leads"] };
    const made = await evergrant.post("/api/keys", order);
    assert.equal(made.status, 201);
    assert.deepEqual(made.body.paths, ["/crm/v3/Leads"]);
    limited = made.body.key;
  });

  it("makes those", async () => {
    assert.equal((await with_("GET", "/crm/v3/Leads/7")).status, 200);
  });

  for (const [method, path] of [["POST", "/crm/v3/Leads"], ["GET", "/crm/v3/Contacts"], ["GET", "/crm/v3/LeadsX"], ["GET", "/crm/v3/Leads%2f7"], ["HEAD", "/crm/v3/Leads"]] as const)
    it(`makes no ${method} ${path}`, async () => {
      assert.equal((await with_(method, path)).status, 403);
      assert.equal(upstream.reached.length, 0);
    });

  it("gets no token, by no route", async () => {
    const read = await evergrant.get("/api/oauth/token/acme/demo", limited);
    const injected = await evergrant.call("GET", "/api/oauth/token/acme/demo", undefined, limited, { "x-evergrant-inject": "1" });
    const asked = await evergrant.post("/api/oauth/token", { tenantId: "acme", integrationId: "demo" }, limited);
    const many = await evergrant.post("/api/oauth/tokens", { requests: [{ tenantId: "acme", integrationId: "demo" }] }, limited);

    assert.deepEqual([read.status, injected.status, asked.status, many.status], [403, 403, 403, 403]);
  });

  it("may neither begin an authorization nor end a grant", async () => {
    const order = { provider: "demo", integrationId: "demo", tenantId: "acme" };
    const begun = await evergrant.post("/api/oauth/authorize", order, limited);
    const ended = await evergrant.post("/api/oauth/revoke", order, limited);

    assert.deepEqual([begun.status, ended.status], [403, 403]);
  });

  it("is refused at its making if it is no application's, or its limits are none", async () => {
    assert.equal((await evergrant.post("/api/keys", { name: "x", role: "admin", paths: ["/a"] })).status, 400);
    assert.equal((await evergrant.post("/api/keys", { name: "x", role: "app", paths: ["a"] })).status, 400);
    assert.equal((await evergrant.post("/api/keys", { name: "x", role: "app", methods: ["get"] })).status, 400);
  });
});
