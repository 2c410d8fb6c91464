// Attack: an authorization is begun in one browser and finished in another, so that the victim's account ends up with the
// attacker, or the attacker's with the victim. The browser that opened the ticket is the one that finishes.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { type Answer, Evergrant } from "../support/evergrant.ts";
import { LedgerProvider } from "../support/ledger_provider.ts";
import { introduce, ledgerProvider } from "../support/ledger_scene.ts";

const [attacker, victim] = ["mallory", "alice"];

/** What a browser knows of an authorization that it has begun. */
interface Begun {
  state: string;
  cookie: string;
}

class Fixation {
  readonly provider: LedgerProvider;
  readonly evergrant: Evergrant;
  #key = "";

  private constructor(provider: LedgerProvider, evergrant: Evergrant) {
    this.provider = provider;
    this.evergrant = evergrant;
  }

  static async set(environment: Record<string, string> = {}): Promise<Fixation> {
    const provider = await LedgerProvider.start({ policy: "strictly" });
    const catalog = { [`${ledgerProvider}.yaml`]: provider.catalogFile(ledgerProvider) };
    const scene = new Fixation(provider, await Evergrant.start({ catalog, environment }));
    await introduce(scene.evergrant, ledgerProvider, [attacker!, victim!]);
    scene.#key = (await scene.evergrant.post("/api/keys", { name: "app", role: "app" })).body.key;
    return scene;
  }

  /** The path of a fresh ticket of the application. */
  async ticket(tenant: string): Promise<string> {
    const started = await this.evergrant.post("/api/oauth/authorize", { provider: ledgerProvider, tenantId: tenant }, this.#key);
    assert.equal(started.status, 200);
    return new URL(started.body.authorizationUrl).pathname;
  }

  open(path: string, cookie = ""): Promise<Answer> {
    return this.evergrant.get(path, "", cookie === "" ? {} : { cookie });
  }

  /** A browser, perhaps with cookies already, opens a ticket. */
  async begin(tenant: string, cookie = ""): Promise<Begun> {
    const opened = await this.open(await this.ticket(tenant), cookie);
    assert.equal(opened.status, 302);
    const state = new URL(opened.headers.get("location") ?? "").searchParams.get("state") ?? "";
    return { state, cookie: (opened.headers.get("set-cookie") ?? "").split(";")[0] ?? "" };
  }

  /** The provider sends a browser back, with the code of whoever consented. */
  comeBack(state: string, whose: string, cookie = ""): Promise<Answer> {
    return this.open(`/api/oauth/callback?code=${whose}&state=${state}`, cookie);
  }

  async isRefused(answer: Answer): Promise<void> {
    assert.equal(answer.status, 400);
    assert.equal(answer.body.error, "invalid_state");
    assert.equal(this.provider.beginnings.length, 0, "no code was sent");
    for (const tenant of [attacker, victim])
      assert.equal((await this.evergrant.get(`/api/oauth/token/${tenant}/${ledgerProvider}`)).status, 404);
  }

  async clear(): Promise<void> {
    await this.evergrant?.remove();
    await this.provider.stop();
  }
}

describe("an authorization that is begun in one browser and finished in another", () => {
  let scene: Fixation;
  before(async () => {
    scene = await Fixation.set();
  });
  after(() => scene?.clear());

  it("by the victim, on the provider's page that the attacker's browser was sent to, is refused", async () => {
    const attackers = await scene.begin(attacker!);

    await scene.isRefused(await scene.comeBack(attackers.state, victim!));
  });

  it("by the victim, who has one of his own under way, is refused", async () => {
    const attackers = await scene.begin(attacker!);
    const victims = await scene.begin(victim!);

    await scene.isRefused(await scene.comeBack(attackers.state, victim!, victims.cookie));
  });

  it("by the attacker, who has seen the victim's state, is refused", async () => {
    const attackers = await scene.begin(attacker!);
    const victims = await scene.begin(victim!);

    await scene.isRefused(await scene.comeBack(victims.state, attacker!, attackers.cookie));
  });

  it("by who knows the state of a ticket that nobody has opened yet, is refused", async () => {
    const path = await scene.ticket(victim!);

    await scene.isRefused(await scene.comeBack(path.split("/").at(-1) ?? "", attacker!));
  });

  it("is spent by the attempt: the true browser must begin anew", async () => {
    const victims = await scene.begin(victim!);
    await scene.comeBack(victims.state, attacker!);

    await scene.isRefused(await scene.comeBack(victims.state, victim!, victims.cookie));
  });
});

describe("a ticket", () => {
  let scene: Fixation;
  before(async () => {
    scene = await Fixation.set();
  });
  after(() => scene?.clear());

  it("that the attacker has opened is good for nothing in the victim's browser", async () => {
    const path = await scene.ticket(attacker!);
    await scene.open(path);

    const opened = await scene.open(path);

    assert.equal(opened.status, 400);
    assert.equal(opened.headers.get("set-cookie"), null);
  });

  it("that forty browsers open at once leads one of them to the provider", async () => {
    const path = await scene.ticket(victim!);

    const opened = await Promise.all(Array.from({ length: 40 }, () => scene.open(path)));

    assert.equal(opened.filter((one) => one.status === 302).length, 1);
  });

  for (const [what, value] of [["of another length", "known-to-mallory"], ["that is empty", ""], ["of 4,000 letters", "a".repeat(4000)]])
    it(`is not bound to a planted cookie ${what}`, async () => {
      const begun = await scene.begin(victim!, `evergrant_browser=${value}`);

      assert.notEqual(begun.cookie, `evergrant_browser=${value}`);
      await scene.isRefused(await scene.comeBack(begun.state, attacker!, `evergrant_browser=${value}`));
    });
});

describe("where browsers come by https", () => {
  let scene: Fixation;
  before(async () => {
    scene = await Fixation.set({ BASE_URL: "https://evergrant.example.com" });
  });
  after(() => scene?.clear());

  it("the cookie is one that neither a subdomain nor plain http can plant, and no script reads", async () => {
    const opened = await scene.open(await scene.ticket(victim!));

    const attributes = (opened.headers.get("set-cookie") ?? "").split("; ");
    assert.match(attributes[0] ?? "", /^__Host-evergrant_browser=[\w-]{43}$/);
    assert.deepEqual(attributes.slice(1).sort(), ["HttpOnly", "Max-Age=2700", "Path=/", "SameSite=Lax", "Secure"]);
  });

  it("one without the prefix, which a subdomain can plant, counts for nothing", async () => {
    const planted = `evergrant_browser=${randomBytes(32).toString("base64url")}`;
    const begun = await scene.begin(victim!, planted);

    await scene.isRefused(await scene.comeBack(begun.state, attacker!, planted));
  });
});
