// A real authorization server (oauth2-mock-server) whose token answers are spoilt: no connection dies of it, and the token
// held is served on.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { OAuth2Server } from "oauth2-mock-server";
import { FaultyScene, faultyProvider, faultyTenant } from "../support/faulty_scene.ts";
import { until } from "../support/scene.ts";

interface Answer {
  statusCode: number;
  body: any;
}

/** Express's response, as far as it is needed to send what is not JSON. */
interface Wire {
  set(name: string, value: string): void;
  type(name: string): Wire;
  send(text: string): void;
  end(): void;
  json: (body: unknown) => void;
}

type Spoil = (answer: Answer, wire: Wire) => void;

const page = "<!doctype html><html><body><h1>Sign in</h1></body></html>";

const failing = (statusCode: number, body: object): Spoil => (answer) => Object.assign(answer, { statusCode, body });
const sendingInstead = (send: (wire: Wire, body: unknown) => void, statusCode = 200): Spoil => (answer, wire) => {
  answer.statusCode = statusCode;
  wire.json = (body) => send(wire, body);
};
const withMembers = (members: object): Spoil => (answer) => void Object.assign(answer.body, members);

const passing: { name: string; spoil: Spoil }[] = [
  { name: "a page of HTML with status 200", spoil: sendingInstead((wire) => wire.type("html").send(page)) },
  { name: "a page of HTML with status 403", spoil: sendingInstead((wire) => wire.type("html").send(page), 403) },
  { name: "a gateway's page with status 502", spoil: sendingInstead((wire) => wire.type("html").send(page), 502) },
  { name: "HTML that says it is JSON", spoil: sendingInstead((wire) => wire.type("json").send(page)) },
  { name: "nothing with status 200", spoil: sendingInstead((wire) => wire.end()) },
  { name: "nothing with status 400", spoil: sendingInstead((wire) => wire.end(), 400) },
  { name: "truncated JSON", spoil: sendingInstead((wire, body) => wire.type("json").send(JSON.stringify(body).slice(0, 40))) },
  { name: "a JSON array", spoil: sendingInstead((wire) => wire.type("json").send("[]")) },
  { name: "no access_token", spoil: withMembers({ access_token: undefined }) },
  { name: "an access_token that is null", spoil: withMembers({ access_token: null }) },
  { name: "an access_token with a line break", spoil: withMembers({ access_token: "a\r\nX-Injected: 1" }) },
  { name: "503 with an error", spoil: failing(503, { error: "temporarily_unavailable" }) },
  { name: "500 that says invalid_grant", spoil: failing(500, { error: "invalid_grant" }) },
  { name: "400 with an unknown error", spoil: failing(400, { error: "something_else" }) },
  { name: "invalid_client", spoil: failing(401, { error: "invalid_client" }) },
  { name: "invalid_scope", spoil: failing(400, { error: "invalid_scope" }) },
  { name: "429 without Retry-After", spoil: failing(429, { error: "slow_down" }) },
];

describe("a provider that answers", () => {
  const server = new OAuth2Server();
  let scene: FaultyScene;
  let spoil: Spoil | undefined;
  let requests = 0;

  before(async () => {
    await server.issuer.keys.generate("RS256");
    await server.start(0, "127.0.0.1");
    server.service.on("beforeResponse", (answer: Answer, request: { res: Wire }) => {
      ++requests;
      spoil?.(answer, request.res);
    });
    scene = await FaultyScene.set(`http://127.0.0.1:${server.address().port}`);
    await authorize();
  });
  after(async () => {
    await scene.evergrant.remove();
    await server.stop();
  });
  afterEach(() => {
    spoil = undefined;
  });

  const authorize = async () => {
    const started = await scene.evergrant.get(`/api/oauth/authorize/${faultyTenant}?provider=${faultyProvider}`);
    const redirect = await fetch(started.body.authUrl, { redirect: "manual" });
    const callback = new URL(redirect.headers.get("location") ?? "");
    const done = await scene.evergrant.get(callback.pathname + callback.search, "");
    assert.match(done.headers.get("location") ?? "", /oauth=success/);
  };

  for (const one of passing)
    it(`${one.name} does no harm`, async () => {
      spoil = one.spoil;

      await scene.servesDegraded();

      spoil = undefined;
      await scene.isWellAgain();
    });

  for (const absurd of ["1e18", "1e400", "-5", '"soon"', "[3600]"])
    it(`expires_in ${absurd} does no harm`, async () => {
      spoil = sendingInstead((wire, body) => wire.type("json").send(JSON.stringify(body).replace(/"expires_in":\d+/, `"expires_in":${absurd}`)));

      const answer = await scene.refresh();

      assert.equal(answer.status, 200);
      assert.notEqual((await scene.row()).status, "invalid");
      const expiry = answer.body.expiresAt === null ? 0 : Date.parse(answer.body.expiresAt);
      assert.ok(expiry <= Date.now() + 3600_000, `believed: ${answer.body.expiresAt}`);
      spoil = undefined;
      await scene.isWellAgain();
    });

  it("invalid_client is told from a dead grant in words", async () => {
    spoil = failing(401, { error: "invalid_client" });

    const row = await scene.servesDegraded();

    assert.match(row.error ?? "", /client|credentials/i);
    spoil = undefined;
    await scene.isWellAgain();
  });

  it("429 with Retry-After is left alone for as long as it says", async () => {
    spoil = (answer, wire) => {
      wire.set("Retry-After", "3");
      Object.assign(answer, { statusCode: 429, body: { error: "too_many_requests" } });
    };
    await scene.servesDegraded();
    const told = Date.now();
    const before = requests;
    spoil = undefined;

    await until("the next request", async () => {
      await scene.refresh();
      return requests > before;
    });

    const waited = Date.now() - told;
    assert.ok(waited > 2500 && waited < 10_000, `${waited} ms`);
    assert.equal((await scene.row()).status, "healthy");
  });

  it("503 while the token held expires: the read fails as the provider does, and the grant is not dead", async () => {
    spoil = withMembers({ expires_in: 2 });
    await scene.isWellAgain();
    spoil = failing(503, { error: "temporarily_unavailable" });

    await until("the expiry", async () => (await scene.read()).status !== 200);

    const answer = await scene.read();
    assert.equal(answer.status, 502);
    assert.equal(answer.body.error, "provider_error");
    assert.ok(Number(answer.headers.get("retry-after")) >= 1);
    assert.equal((await scene.row()).status, "refresh_failed");
    spoil = undefined;
    await until("service restored", async () => (await scene.read()).status === 200, 30_000);
  });

  it("invalid_grant ends the connection, whose token is served until it expires, marked", async () => {
    const held = (await scene.read()).body.accessToken;
    spoil = failing(400, { error: "invalid_grant" });

    const answer = await scene.refresh();

    assert.equal(answer.status, 200);
    assert.equal(answer.body.accessToken, held);
    assert.equal(answer.body.degraded, true);
    assert.equal((await scene.row()).status, "invalid");
    spoil = undefined;
    const before = requests;
    await scene.refresh();
    assert.equal(requests, before, "a dead refresh token is not presented again");
  });

  it("is connected again by a new authorization", async () => {
    await authorize();

    const answer = await scene.read();

    assert.equal(answer.status, 200);
    assert.equal(answer.body.degraded, undefined);
    assert.equal((await scene.row()).status, "healthy");
  });
});
