// `evergrant call`: a provider's API from the terminal, through the proxy of a running server.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { type ApiUpstream, upstreamScene } from "../support/api_upstream.ts";
import { runBeside } from "../support/beside.ts";
import type { Evergrant } from "../support/evergrant.ts";

let evergrant: Evergrant;
let upstream: ApiUpstream;
let key: string;
before(async () => {
  ({ evergrant, upstream, key } = await upstreamScene());
});
after(async () => {
  await evergrant.remove();
  await upstream.stop();
});
beforeEach(() => {
  upstream.reached.length = 0;
  upstream.busy = undefined;
});

const call = (...args: string[]) => runBeside(evergrant, key, ["call", "acme", ...args]);

describe("evergrant call", () => {
  it("prints what the API answers to the call, which bears the connection's token", async () => {
    const ended = await call("demo", "GET", "/crm/v3/Leads?fields=a%20b");

    assert.deepEqual(ended, { status: 0, stdout: '{"ok":true,"url":"/base/crm/v3/Leads?fields=a%20b"}', stderr: "" });
    assert.match(upstream.reached[0]?.headers.authorization ?? "", /^Zoho-oauthtoken token-\d+$/);
  });

  it("sends a text, a file, or its standard input", async () => {
    writeFileSync(path.join(evergrant.folder, "body.json"), "from a file");

    for (const data of ["a text", "@body.json", "-"]) assert.equal((await call("demo", "POST", "/x", "--data", data, "--header", "X-Own: 1")).status, 0);

    assert.deepEqual(upstream.reached.map((one) => one.body), ["a text", "from a file", "from input"]);
    assert.equal(upstream.reached[0]?.headers["x-own"], "1");
    assert.equal(upstream.reached[0]?.headers["content-type"], "application/json");
  });

  it("may be a HEAD", async () => {
    const ended = await call("demo", "HEAD", "/thing", "--include");

    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stdout, /^HTTP 200\n/);
    assert.match(ended.stdout, /^x-from: upstream$/m);
  });

  it("prints the API's own error, and fails", async () => {
    upstream.busy = { status: 503, times: 1 };

    assert.deepEqual(await call("demo", "GET", "/thing"), { status: 1, stdout: "busy", stderr: "evergrant: demo answered 503.\n" });
  });

  it("tries again if it is told to", async () => {
    upstream.busy = { status: 503, times: 1, retryAfter: "1" };

    assert.equal((await call("demo", "GET", "/thing", "--retries", "2", "--max-wait", "10")).status, 0);
    assert.equal(upstream.reached.length, 2);
  });

  it("says that there is no such connection", async () => {
    const ended = await call("nothing", "GET", "/thing");

    assert.equal(ended.status, 5);
    assert.match(ended.stderr, /There is no connection "nothing"/);
  });
});
