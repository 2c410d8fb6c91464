// Attack: a URL that makes this server call what stands inside. Every place that takes a URL is given a published list and each
// spelling of this machine's addresses; a canary listens on all of them and must hear nothing.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { after, before, describe, it } from "node:test";
import { Canary } from "../support/canary.ts";
import { type Answer, Evergrant } from "../support/evergrant.ts";
import { sharedLines } from "../support/shared_data.ts";
import { webhookSecret } from "../support/alert_scene.ts";

const tenant = "acme";

/** This machine, in every spelling, at the canary's port; and others that nobody outside may have called. */
function inside(port: number): string[] {
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []).map((one) => (one.family === "IPv6" ? `[${one.address}]` : one.address));
  const spelt = ["127.0.0.1", "localhost", "localhost.", "LOCALHOST", "127.1", "127.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "127.1.2.3",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "1.1.1.1@127.0.0.1", hostname(), ...own];
  const elsewhere = ["169.254.169.254", "[fd00:ec2::254]", "metadata.google.internal", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "224.0.0.1"];
  const hosts = [...new Set(spelt)].map((host) => `${host}:${port}`);
  return [...hosts.flatMap((host) => [`http://${host}/token`, `https://${host}/token`]), ...elsewhere.map((host) => `https://${host}/token`)];
}

/** Development may call loopback addresses, and names of them. */
const isLoopback = (url: string) => /\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\]|\[::ffff:)/i.test(url) || url.includes(`//${hostname()}:`);

/** What somebody asked for was refused, or came to nothing. */
function cameToNothing(answer: Answer, url: string): void {
  assert.ok(answer.status >= 400 && answer.status < 505, `${url}: ${answer.status} ${JSON.stringify(answer.body)}`);
  assert.match(answer.body.error, /^(invalid_request|egress_denied|provider_unreachable|provider_misconfigured)$/, url);
}

describe("a server that is not for development, given URLs of what stands inside", () => {
  let canary: Canary;
  let evergrant: Evergrant;
  let urls: string[];
  before(async () => {
    canary = await Canary.start("::");
    urls = [...inside(canary.port), ...(sharedLines("ssrf-urls.txt") ?? [])];
    const at = (path: string) => `https://127.0.0.1:${canary.port}/${path}`;
    evergrant = await Evergrant.start({
      dev: false,
      environment: {
        SLACK_WEBHOOK_URL: at("slack"),
        EVERGRANT_ALERTS_WEBHOOK_URL: `https://[::1]:${canary.port}/hook`,
        EVERGRANT_ALERTS_WEBHOOK_SECRET: webhookSecret,
        EVERGRANT_ALERTS_PAGERDUTY_ROUTING_KEY: "a-routing-key",
        EVERGRANT_ALERTS_PAGERDUTY_URL: `https://[::ffff:127.0.0.1]:${canary.port}/pager`,
        EVERGRANT_ALERTS_SMS_GATEWAY_URL: at("sms?to={to}"),
        ALERT_SMS_RECIPIENTS: "+15550100",
        ...Object.fromEntries(["OIDC", "OAUTH2", "EPIC", "CERNER"].flatMap((one) => [[`${one}_CLIENT_ID`, "evergrant"], [`${one}_CLIENT_SECRET`, "a secret"]])),
      },
    });
    assert.equal((await evergrant.post("/api/tenants", { id: tenant, name: tenant })).status, 201);
  });
  after(async () => {
    await evergrant?.remove();
    canary?.stop();
  });

  let orders = 0;
  const order = (provider: string, params: object) => ({ tenantId: tenant, provider, integrationId: `x${++orders}`, params });
  const obtain = (provider: string, params: object) => evergrant.post("/api/oauth/client-credentials", order(provider, params));
  const authorize = (provider: string, params: object) => evergrant.post("/api/oauth/authorize", order(provider, params));
  const forEach = async (ask: (url: string) => Promise<Answer>) => {
    await Promise.all(urls.map(async (url) => cameToNothing(await ask(url), url)));
    assert.equal(canary.connections, 0);
  };

  it("as an issuer whose metadata is to be read, calls none", () => forEach((issuer) => authorize("oidc", { issuer })));

  it("as an issuer of grants to the app, calls none", () => forEach((issuer) => obtain("oidc", { issuer })));

  it("as a token endpoint, calls none", () => forEach((token_url) => obtain("oauth2", { token_url })));

  it("as a hospital's endpoints, calls none", () => forEach((url) => obtain("epic", { fhirBaseUrl: url, token_url: url })));

  it("as the token endpoint of an authorization that comes back, calls none", async () => {
    for (const token_url of urls) {
      const started = await authorize("oauth2", { token_url, authorization_url: "https://login.example.com/authorize" });
      if (started.status !== 200) continue;
      const state = new URL(started.body.authorizationUrl).searchParams.get("state");
      const done = await evergrant.get(`/api/oauth/callback?code=x&state=${state}`, "");
      assert.match(done.headers.get("location") ?? "", /oauth=error/, token_url);
    }
    assert.equal(canary.connections, 0);
  });

  it("as a place to send people back to, takes none but its own", async () => {
    for (const redirectTo of urls) {
      const answer = await evergrant.post("/api/oauth/authorize", { ...order("oauth2", { token_url: "https://login.example.com/t", authorization_url: "https://login.example.com/a" }), redirectTo });
      assert.equal(answer.status, 400, redirectTo);
    }
  });

  it("as receivers of alerts, calls none", async () => {
    const answer = await evergrant.post("/api/alerts/test", {});

    const outcomes = answer.body.channels.map((one: { channel: string; delivered: boolean }) => [one.channel, one.delivered]);
    assert.deepEqual(Object.fromEntries(outcomes), { slack: false, webhook: false, pagerduty: false, "sms:+15550100": false });
    assert.equal(canary.connections, 0);
  });
});

describe("a provider file that names what stands inside", () => {
  const file = (id: string, url: string) => `id: ${id}\nname: Inside\ngrant_types: [client_credentials]\ntoken_url: "${url}"\nclient_auth: client_secret_basic\n`;

  it("is refused when it is read, or calls nothing", async () => {
    const canary = await Canary.start("::");
    const candidates = inside(canary.port).map((url, n) => ({ id: `inside${n}`, url }));
    const files = (some: typeof candidates) => Object.fromEntries(some.map(({ id, url }) => [`${id}.yaml`, file(id, url)]));
    const environment = Object.fromEntries(candidates.flatMap(({ id }) => [[`${id.toUpperCase()}_CLIENT_ID`, "evergrant"], [`${id.toUpperCase()}_CLIENT_SECRET`, "a secret"]]));
    const refusal = await Evergrant.start({ dev: false, catalog: files(candidates), environment, adminKey: "none" }).then(() => "", (error: Error) => error.message);
    const taken = candidates.filter(({ id }) => !refusal.includes(`${id}.yaml`));
    assert.ok(taken.length < candidates.length, refusal);

    const evergrant = await Evergrant.start({ dev: false, catalog: files(taken), environment });
    await evergrant.post("/api/tenants", { id: tenant, name: tenant });
    for (const { id, url } of taken)
      cameToNothing(await evergrant.post("/api/oauth/client-credentials", { tenantId: tenant, provider: id }), url);

    assert.equal(canary.connections, 0);
    await evergrant.remove();
    canary.stop();
  });
});

describe("an issuer that may be called, whose metadata names what may not", () => {
  let issuer: Server;
  let canary: Canary;
  let evergrant: Evergrant;
  let named: { token: string };
  before(async () => {
    named = { token: "" };
    canary = await Canary.start("::");
    issuer = createServer((request, response) => {
      const [, id = ""] = (request.url ?? "").split("/");
      const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/${id}`;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ issuer: url, authorization_endpoint: named.token, token_endpoint: named.token, jwks_uri: named.token, response_types_supported: ["code"] }));
    });
    await new Promise<void>((resolve) => issuer.listen(0, "127.0.0.1", resolve));
    evergrant = await Evergrant.start({ environment: { OIDC_CLIENT_ID: "evergrant", OIDC_CLIENT_SECRET: "a secret" } });
    await evergrant.post("/api/tenants", { id: tenant, name: tenant });
  });
  after(async () => {
    await evergrant?.remove();
    issuer?.close();
    canary?.stop();
  });

  it("is not followed there, not even in development", async () => {
    let n = 0;
    for (const url of inside(canary.port).filter((one) => !isLoopback(one))) {
      named.token = url;
      const params = { issuer: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/${++n}` };

      const answer = await evergrant.post("/api/oauth/client-credentials", { tenantId: tenant, provider: "oidc", integrationId: `x${n}`, params });

      assert.ok(answer.status >= 400, `${url}: ${answer.status}`);
      assert.equal(canary.connections, 0, url);
    }
  });
});
