// Attack: a code that was issued to one authorization is brought to another. The real authorization server (oidc-provider)
// stops it, because Evergrant sends the verifier of the authorization that the state names.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Browser } from "../support/browser.ts";
import type { Answer } from "../support/evergrant.ts";
import { Scene, provider, tenant } from "../support/scene.ts";

const callbackPath = "/api/oauth/callback";

describe("a code that was issued to another authorization", () => {
  let scene: Scene;
  before(async () => {
    scene = await Scene.set();
    await scene.evergrant.post("/api/tenants", { id: "mallory", name: "mallory" });
  });
  after(() => scene?.clear());

  const begin = async (whose: string): Promise<string> => {
    const started = await scene.evergrant.get(`/api/oauth/authorize/${whose}?provider=${provider}`);
    assert.equal(started.status, 200);
    return started.body.authUrl;
  };
  const stateOf = (url: string) => new URL(url).searchParams.get("state") ?? "";

  /** Logs in and consents, and stops where the provider sends the browser back: the code is not used. */
  const consent = async (url: string): Promise<URLSearchParams> => {
    const browser = new Browser();
    let page = await browser.open(url);
    page = await browser.submit(page, { login: "somebody", password: "anything" });
    page = await browser.submit(page, {}, (next) => next.pathname === callbackPath);
    return new URL(page.url).searchParams;
  };
  const comeBack = (query: URLSearchParams): Promise<Answer> => scene.evergrant.get(`${callbackPath}?${query}`, "");
  const has = async (whose: string) => (await scene.evergrant.get(`/api/oauth/token/${whose}/${provider}`)).status;

  it("injected into the victim's is refused by the provider, and nobody is connected", async () => {
    const attackers = await consent(await begin("mallory"));
    const victimsState = stateOf(await begin(tenant));
    attackers.set("state", victimsState);

    const answer = await comeBack(attackers);

    assert.match(answer.headers.get("location") ?? "", /oauth=error&reason=provider_error/);
    assert.deepEqual([await has(tenant), await has("mallory")], [404, 404]);
  });

  it("stolen from the victim is of no use in the attacker's", async () => {
    const victims = await consent(await begin(tenant));
    const stolen = new URLSearchParams(victims);
    stolen.set("state", stateOf(await begin("mallory")));

    const answer = await comeBack(stolen);

    assert.match(answer.headers.get("location") ?? "", /oauth=error&reason=provider_error/);
    assert.deepEqual([await has(tenant), await has("mallory")], [404, 404]);
  });

  it("replayed in a second authorization of the same tenant is refused", async () => {
    const first = await consent(await begin(tenant));
    assert.match((await comeBack(first)).headers.get("location") ?? "", /oauth=success/);
    const held = (await scene.evergrant.get(`/api/oauth/token/${tenant}/${provider}`)).body.accessToken;
    const replayed = new URLSearchParams(first);
    replayed.set("state", stateOf(await begin(tenant)));

    const answer = await comeBack(replayed);

    assert.match(answer.headers.get("location") ?? "", /oauth=error/);
    assert.equal((await scene.evergrant.get(`/api/oauth/token/${tenant}/${provider}`)).body.accessToken, held);
  });

  it("is challenged by S256, each authorization by its own", async () => {
    const [one, other] = [new URL(await begin(tenant)).searchParams, new URL(await begin(tenant)).searchParams];

    assert.deepEqual([one.get("code_challenge_method"), other.get("code_challenge_method")], ["S256", "S256"]);
    assert.match(one.get("code_challenge") ?? "", /^[\w-]{43}$/);
    assert.notEqual(one.get("code_challenge"), other.get("code_challenge"));
  });
});
