// Who granted a connection, by the id_tokens of a real OpenID provider; and what another person's grant comes to.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { OAuth2Server } from "oauth2-mock-server";
import { AuthorizationServer, client } from "../support/authorization_server.ts";
import { Browser, type Page } from "../support/browser.ts";
import { Evergrant } from "../support/evergrant.ts";

const provider = "issuer";
const tenant = "acme";

const entry = (issuer: string) => `id: ${provider}
name: Demo issuer
grant_types: [authorization_code, refresh_token]
issuer: ${issuer}
discovery: true
scopes: [openid, offline_access, email]
authorization_params: {prompt: consent}
`;

class IssuerScene {
  static async set(environment: Record<string, string> = {}): Promise<IssuerScene> {
    const server = await AuthorizationServer.start();
    const evergrant = await Evergrant.start({ catalog: { "issuer.yaml": entry(server.url), "slashed.yaml": entry(`${server.url}/`).replace(provider, "slashed") }, environment });
    server.register(`${evergrant.publicUrl}/api/oauth/callback`);
    await evergrant.post("/api/tenants", { id: tenant, name: "Acme GmbH" });
    for (const id of [provider, "slashed"])
      await evergrant.call("PUT", `/api/credentials/${id}`, { clientId: client.id, clientSecret: client.secret });
    return new IssuerScene(server, evergrant);
  }

  private constructor(
    readonly server: AuthorizationServer,
    readonly evergrant: Evergrant,
  ) {}

  async begin(): Promise<string> {
    return (await this.evergrant.get(`/api/oauth/authorize/${tenant}?provider=${provider}`)).body.authUrl;
  }

  /** Logs in as somebody and consents; stops before the callback, or at the page that it answers with. */
  async granted(login: string, browser = new Browser(), stopAt?: (url: URL) => boolean): Promise<Page> {
    let page = await browser.open(await this.begin());
    page = await browser.submit(page, { login, password: "anything" });
    return browser.submit(page, {}, stopAt ?? ((url) => url.pathname.startsWith("/admin/clients/")));
  }

  /** Presses the first button of a page, or the second. */
  press(page: Page, browser: Browser, answer: "yes" | "no"): Promise<Page> {
    const form = [...page.text.matchAll(/<form.*?<\/form>/g)].map(([text]) => text).find((text) => text.includes(`/${answer}"`)) ?? "";
    return browser.submit({ ...page, text: form }, {}, (url) => url.pathname.startsWith("/admin/clients/"));
  }

  async row() {
    return (await this.evergrant.get(`/api/oauth/status/${tenant}?provider=${provider}`)).body.tokens[0];
  }

  async clear(): Promise<void> {
    await this.evergrant.remove();
    await this.server.stop();
  }
}

describe("a connection at an OpenID provider", () => {
  let scene: IssuerScene;
  before(async () => {
    scene = await IssuerScene.set();
  });
  after(() => scene.clear());

  it("says who granted it", async () => {
    assert.match((await scene.granted("alice")).url, /oauth=success/);

    assert.equal((await scene.row()).grantedBy.subject, "alice");
    assert.equal((await scene.row()).grantedBy.issuer, scene.server.url);
  });

  it("is replaced by the same person without a question", async () => {
    assert.match((await scene.granted("alice")).url, /oauth=success/);
  });

  it("asks before another person replaces it, naming both", async () => {
    const page = await scene.granted("bob");

    assert.equal(page.status, 200);
    assert.match(page.text, /<dt>Granted until now by<\/dt><dd>alice/);
    assert.match(page.text, /<dt>Would be granted by<\/dt><dd>bob/);
    assert.equal((await scene.row()).grantedBy.subject, "alice");
  });

  it("stays as it was after a no", async () => {
    const browser = new Browser();
    const page = await scene.granted("bob", browser);

    assert.match((await scene.press(page, browser, "no")).url, /reason=authorization_denied/);
    assert.equal((await scene.row()).grantedBy.subject, "alice");
  });

  it("is the other person's after a yes, given in the browser that was asked", async () => {
    const elsewhere = await scene.press(await scene.granted("bob"), new Browser(), "yes");
    assert.equal(elsewhere.status, 400);
    assert.equal((await scene.row()).grantedBy.subject, "alice");

    const browser = new Browser();
    const page = await scene.granted("bob", browser);
    assert.match((await scene.press(page, browser, "yes")).url, /oauth=success/);
    assert.equal((await scene.row()).grantedBy.subject, "bob");
  });

  it("is not asked about where nobody can answer", async () => {
    const stopped = await scene.granted("alice", new Browser(), (url) => url.pathname === "/api/oauth/callback");

    const answer = await fetch(stopped.url, { redirect: "manual", headers: { accept: "application/json" } });

    assert.equal(answer.status, 409);
    assert.equal(((await answer.json()) as { error: string }).error, "conflict");
    assert.equal((await scene.row()).grantedBy.subject, "bob");
  });

  it("is refused at a callback without the issuer that the provider advertises", async () => {
    const stopped = await scene.granted("bob", new Browser(), (url) => url.pathname === "/api/oauth/callback");
    const callback = new URL(stopped.url);
    callback.searchParams.delete("iss");

    const answer = await fetch(callback, { redirect: "manual", headers: { accept: "application/json" } });

    assert.equal(answer.status, 400);
  });

  it("is not begun at an issuer whose metadata name another", async () => {
    const answer = await scene.evergrant.get(`/api/oauth/authorize/${tenant}?provider=slashed`);

    assert.equal(answer.status, 502);
    assert.match(answer.body.message, /names another issuer/);
  });

  it("leaves nobody's name in the logs", () => {
    assert.doesNotMatch(scene.evergrant.log, /alice|bob/);
  });
});

describe("an admin's own link, where unbound browsers are asked", () => {
  let scene: IssuerScene;
  before(async () => {
    scene = await IssuerScene.set({ EVERGRANT_OAUTH_CONFIRM_UNBOUND: "true" });
  });
  after(() => scene.clear());

  it("ends at a page that names customer and provider, and goes on after a yes alone", async () => {
    const browser = new Browser();

    const page = await scene.granted("alice", browser);

    assert.match(page.text, /<dd>acme<\/dd>/);
    assert.match(page.text, /Connect Demo issuer\?/);
    assert.equal((await scene.row()).hasToken, false);
    assert.match((await scene.press(page, browser, "yes")).url, /oauth=success/);
    assert.equal((await scene.row()).hasToken, true);
  });
});

/** Claims of an id_token, as they are about to be signed. */
type Claims = Record<string, unknown>;

describe("an id_token", () => {
  const issuer = new OAuth2Server();
  let evergrant: Evergrant;
  let spoil: (claims: Claims) => void = () => {};
  let spoilAnswer: (body: Claims) => void = () => {};

  before(async () => {
    await issuer.issuer.keys.generate("RS256");
    await issuer.start(0, "127.0.0.1");
    issuer.issuer.url = `http://127.0.0.1:${issuer.address().port}`;
    issuer.service.on("beforeTokenSigning", (token: { payload: Claims }) => {
      if ("nonce" in token.payload) spoil(token.payload);
    });
    issuer.service.on("beforeResponse", (answer: { body: Claims }) => spoilAnswer(answer.body));
    evergrant = await Evergrant.start({ catalog: { "issuer.yaml": entry(issuer.issuer.url) } });
    await evergrant.post("/api/tenants", { id: tenant, name: "Acme GmbH" });
    await evergrant.call("PUT", `/api/credentials/${provider}`, { clientId: client.id, clientSecret: client.secret });
  });
  after(async () => {
    await evergrant.remove();
    await issuer.stop();
  });

  const authorized = async (integration = provider): Promise<string> => {
    const started = await evergrant.get(`/api/oauth/authorize/${tenant}?provider=${provider}&integrationId=${integration}`);
    const redirect = await fetch(started.body.authUrl, { redirect: "manual" });
    const callback = new URL(redirect.headers.get("location") ?? "");
    const done = await evergrant.get(callback.pathname + callback.search, "");
    return done.headers.get("location") ?? `${done.status} ${JSON.stringify(done.body)}`;
  };
  const spoilt = async (claims: (claims: Claims) => void, answer: (body: Claims) => void = () => {}): Promise<string> => {
    spoil = claims;
    spoilAnswer = answer;
    const landed = await authorized();
    spoil = () => {};
    spoilAnswer = () => {};
    return landed;
  };
  const hasToken = async (integration = provider): Promise<boolean> => {
    const rows: { integrationId: string; hasToken: boolean }[] = (await evergrant.get(`/api/oauth/status/${tenant}?provider=${provider}`)).body.tokens;
    return rows.some((row) => row.integrationId === integration && row.hasToken);
  };

  it("by a key that the issuer has only just made is taken", async () => {
    assert.match(await authorized("early"), /oauth=success/);
    await issuer.issuer.keys.generate("ES256");

    assert.match(await authorized("late"), /oauth=success/);
    assert.match(await authorized("later"), /oauth=success/);
  });

  const wrong: { name: string; claims?: (claims: Claims) => void; answer?: (body: Claims) => void }[] = [
    { name: "of another issuer", claims: (claims) => (claims["iss"] = "https://another.example") },
    { name: "for another client", claims: (claims) => (claims["aud"] = "another") },
    { name: "without sub", claims: (claims) => delete claims["sub"] },
    { name: "without iat", claims: (claims) => delete claims["iat"] },
    { name: "that has expired", claims: (claims) => (claims["exp"] = 1) },
    { name: "with another nonce", claims: (claims) => (claims["nonce"] = "another") },
    { name: "that is missing", answer: (body) => delete body["id_token"] },
    { name: "whose signature is another's", answer: (body) => (body["id_token"] = `${String(body["id_token"]).replace(/\.[^.]*$/, "")}.${"A".repeat(342)}`) },
    { name: "that nobody signed", answer: (body) => (body["id_token"] = `eyJhbGciOiJub25lIn0.${String(body["id_token"]).split(".")[1]}.`) },
  ];
  for (const { name, claims, answer } of wrong)
    it(`${name} refuses the grant`, async () => {
      assert.match(await spoilt(claims ?? (() => {}), answer), /oauth=error&reason=provider_error/);
      assert.equal(await hasToken(), false);
    });
});
