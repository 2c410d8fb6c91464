// Calls of a provider's API that a proxy lets through with the token put in: nginx as deploy/nginx configures it, and what
// Envoy's ext_authz filter sends, to the letter of its documentation.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { ApiUpstream } from "../support/api_upstream.ts";
import { Evergrant } from "../support/evergrant.ts";
import { LedgerProvider } from "../support/ledger_provider.ts";
import { connectByCallback, introduce } from "../support/ledger_scene.ts";
import { Nginx, noNginx } from "../support/nginx.ts";
import { until } from "../support/until.ts";

let evergrant: Evergrant;
let grants: LedgerProvider;
let api: ApiUpstream;
let key: string;

before(async () => {
  grants = await LedgerProvider.start({ policy: "static" });
  api = await ApiUpstream.start();
  api.refusedUpTo = -1;  // no token here is one of its own
  evergrant = await Evergrant.start({
    catalog: {
      "crm.yaml": `${grants.catalogFile("crm")}authorization_scheme: Zoho-oauthtoken\n`,
      "shop.yaml": `${grants.catalogFile("shop")}authorization_header: X-Shopify-Access-Token\nauthorization_scheme: ""\n`,
      "short.yaml": grants.catalogFile("short"),
    },
    environment: { EVERGRANT_REFRESH_AHEAD: "false" },
  });
  await introduce(evergrant, "crm", ["acme", "other"]);
  for (const provider of ["shop", "short"]) await evergrant.call("PUT", `/api/credentials/${provider}`, { clientId: "evergrant", clientSecret: "a secret" });
  for (const provider of ["crm", "shop"]) await connectByCallback(evergrant, provider, "acme");
  await connectByCallback(evergrant, "crm", "other");
  key = await applicationKey();
});
after(async () => {
  await evergrant.remove();
  await api.stop();
  await grants.stop();
});
beforeEach(() => (api.reached.length = 0));

const applicationKey = async () => (await evergrant.post("/api/keys", { name: "proxy", role: "app", tenants: ["acme"] })).body.key;
const tokenOf = async (integration: string, tenant = "acme") => (await evergrant.get(`/api/oauth/token/${tenant}/${integration}`)).body.accessToken;
const tcp = () => new URL(evergrant.url).host;
const nginxFor = (place: string, withKey = key, connections: [string, string] = ["crm", "shop"]) =>
  Nginx.start({ evergrant: place, key: withKey, api: `${api.url}/base/`, connections });

describe("nginx with auth_request", { skip: noNginx }, () => {
  let nginx: Nginx;
  before(async () => {
    nginx = await nginxFor(tcp());
  });
  after(() => nginx.stop());

  it("makes the call with the token under the provider's own word", async () => {
    const answer = await nginx.call("POST", "/zoho/crm/v3/Leads?fields=a%20b", { "content-type": "application/json" }, '{"a":1}');

    assert.equal(answer.status, 200);
    const [reached] = api.reached;
    assert.equal(reached?.method, "POST");
    assert.equal(reached?.url, "/base/crm/v3/Leads?fields=a%20b");
    assert.equal(reached?.body, '{"a":1}');
    assert.equal(reached?.headers.authorization, `Zoho-oauthtoken ${await tokenOf("crm")}`);
  });

  it("makes it with the token in a header of its own, where the provider wants that", async () => {
    const answer = await nginx.call("GET", "/shop/admin/api/shop.json");

    assert.equal(answer.status, 200);
    assert.equal(api.reached[0]?.headers["x-shopify-access-token"], await tokenOf("shop"));
    assert.equal(api.reached[0]?.headers.authorization, undefined);
  });

  for (const place of ["/zoho/thing", "/shop/thing"])
    it(`takes neither the caller's credentials nor its own key to the provider, at ${place}`, async () => {
      await nginx.call("GET", place, { authorization: "Bearer the caller's", cookie: "session=1", "x-shopify-access-token": "the caller's" });

      const reached = JSON.stringify(api.reached.map((one) => ({ ...one.headers, "x-shopify-access-token": place === "/shop/thing" ? one.headers["x-shopify-access-token"] : "" })));
      assert.equal(api.reached.length, 1);
      assert.equal(reached.includes("the caller's"), false);
      assert.equal(reached.includes("session=1"), false);
      assert.equal(reached.includes(key), false);
    });

  it("keeps the token from the caller", async () => {
    const answer = await nginx.call("GET", "/zoho/thing");

    assert.equal(JSON.stringify(answer).includes(await tokenOf("crm")), false);
  });

  it("passes the provider's own 401 on as it is", async () => {
    api.refusedUpTo = Number.MAX_SAFE_INTEGER;

    const answer = await nginx.call("GET", "/zoho/thing");

    api.refusedUpTo = -1;
    assert.equal(answer.status, 401);
    assert.match(answer.body, /INVALID_TOKEN/);
  });

  it("lets nobody ask Evergrant directly", async () => {
    assert.equal((await nginx.call("GET", "/evergrant/acme/crm")).status, 404);
  });
});

describe("nginx without a token", { skip: noNginx }, () => {
  /** What the caller is answered, of whom nothing reached the provider. */
  async function refused(nginx: Nginx): Promise<{ status: number; error: string }> {
    const answer = await nginx.call("GET", "/zoho/thing", { authorization: "Bearer the caller's" });
    assert.equal(api.reached.length, 0);
    return { status: answer.status, error: JSON.parse(answer.body).error };
  }

  it("says that the grant has ended", async () => {
    grants.expiresIn = 1;
    await connectByCallback(evergrant, "short", "acme");
    grants.expiresIn = 3600;
    grants.revoke("acme");
    await until("the death of the grant", async () => (await evergrant.get("/api/oauth/token/acme/short")).status === 409);
    const nginx = await nginxFor(tcp(), key, ["short", "shop"]);

    assert.deepEqual(await refused(nginx), { status: 409, error: "reauthorization_required" });
    await nginx.stop();
  });

  it("says that there is no connection", async () => {
    const nginx = await nginxFor(tcp(), key, ["nothing", "shop"]);

    assert.deepEqual(await refused(nginx), { status: 404, error: "no_connection" });
    await nginx.stop();
  });

  it("says that its key is refused once that is revoked", async () => {
    const { id, key: own } = (await evergrant.post("/api/keys", { name: "short-lived", role: "app" })).body;
    const nginx = await nginxFor(tcp(), own);
    assert.equal((await nginx.call("GET", "/zoho/thing")).status, 200);
    api.reached.length = 0;

    await evergrant.call("DELETE", `/api/keys/${id}`);

    assert.deepEqual(await refused(nginx), { status: 502, error: "key_refused" });
    await nginx.stop();
  });

  it("says that there is none now while Evergrant is down", async () => {
    const nginx = await nginxFor("127.0.0.1:1");

    assert.deepEqual(await refused(nginx), { status: 503, error: "no_token" });
    await nginx.stop();
  });
});

/** Status and headers of what Envoy's filter is answered. The text is what it sends by its documentation: method and path of the call, no body, and the headers it is told to add. */
function asEnvoy(method: string, call: string, withKey = key): Promise<{ status: number; text: string; authorization: string | undefined }> {
  const { hostname, port, host } = new URL(evergrant.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = "";
    socket.on("data", (piece) => (text += piece.toString()));
    socket.on("close", () => resolve({ status: Number(text.split(" ")[1]), text, authorization: /^authorization: (.*)\r$/im.exec(text)?.[1] }));
    socket.on("error", reject);
    socket.write(`${method} ${pathPrefix}${call} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${withKey}\r\nx-evergrant-inject: 1\r\n` +
      "x-envoy-internal: true\r\nx-forwarded-for: 127.0.0.1\r\nx-envoy-expected-rq-timeout-ms: 40000\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  });
}
const shipped = readFileSync(path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../deploy/envoy/ext_authz.yaml"), "utf8");
const pathPrefix = (/path_prefix: (\S+)/.exec(shipped)?.[1] ?? "").replace("zoho_crm", "crm");

describe("Envoy's ext_authz", () => {
  for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
    it(`is given the header for a ${method}`, async () => {
      const answer = await asEnvoy(method, "/crm/v3/Leads?fields=Last_Name&minTtl=x");

      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.authorization, `Zoho-oauthtoken ${await tokenOf("crm")}`);
    });

  const hostile = ["/", "//", "/../../other/crm", "/%2e%2e/%2e%2e/other/crm", "/..%2f..%2fother/crm", "/a;b", "/%zz", "/${x}", "/%0d%0aX-Injected:%201", "?a=b&tenant=other"];
  for (const call of hostile)
    it(`is given that of its own connection alone, if the call is ${JSON.stringify(call)}`, async () => {
      const answer = await asEnvoy("GET", call);

      assert.notEqual(await tokenOf("crm", "other"), await tokenOf("crm"));
      assert.equal(answer.text.includes(await tokenOf("crm", "other")), false);
      if (answer.status === 200) assert.equal(answer.authorization, `Zoho-oauthtoken ${await tokenOf("crm")}`);
      else assert.equal(answer.authorization, undefined);
      assert.doesNotMatch(answer.text, /^X-Injected/im);
    });

  it("is refused with a wrong key, and given nothing", async () => {
    const answer = await asEnvoy("POST", "/crm/v3/Leads", "eg_no_key");

    assert.equal(answer.status, 401);
    assert.equal(answer.authorization, undefined);
  });
});

describe("Evergrant on a Unix socket", () => {
  it("serves nginx as it does by TCP", { skip: noNginx }, async () => {
    const token = await tokenOf("crm");
    const socket = path.join(evergrant.folder, "evergrant.sock");
    await evergrant.end();
    await evergrant.run({}, `unix:${socket}`);
    const nginx = await nginxFor(`unix:${socket}`);

    const answer = await nginx.call("GET", "/zoho/thing");

    assert.equal(answer.status, 200);
    assert.equal(api.reached[0]?.headers.authorization, `Zoho-oauthtoken ${token}`);
    await nginx.stop();
  });
});
