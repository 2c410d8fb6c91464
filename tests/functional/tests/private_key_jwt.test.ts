// We prove ourselves by signatures: keys are made, published and rotated, and a real authorization server verifies them.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Scene, provider, tenant, until } from "../support/scene.ts";

const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

const keys = (scene: Scene, ...args: string[]) =>
  scene.evergrant.command(["signing-keys", ...args], { EVERGRANT_URL: scene.evergrant.url, EVERGRANT_API_KEY: scene.evergrant.adminKey });
const obtain = (scene: Scene, integrationId: string) =>
  scene.evergrant.post("/api/oauth/client-credentials", { tenantId: tenant, provider, integrationId, scopes: ["read"] });

for (const algorithm of algorithms)
  describe(`a client known by ${algorithm}`, () => {
    let scene: Scene;
    before(async () => {
      scene = await Scene.set({ machine: true, signedBy: algorithm });
    });
    after(() => scene?.clear());

    it("is told which key is missing", async () => {
      const refused = await obtain(scene, "early");

      assert.equal(refused.status, 400);
      assert.equal(refused.body.error, "missing_app_credentials");
      assert.match(refused.body.message, new RegExp(`signing-keys create ${algorithm}`));
    });

    it("is let in once there is a key", async () => {
      const made = keys(scene, "create", algorithm);
      assert.equal(made.status, 0, made.stderr);

      const obtained = await obtain(scene, "machine");

      assert.equal(obtained.status, 200, JSON.stringify(obtained.body));
    });
  });

describe("signing keys", () => {
  let scene: Scene;
  let first: string;
  before(async () => {
    scene = await Scene.set({ machine: true, signedBy: "ES384", accessTokenSeconds: 8 });
    first = keys(scene, "create", "ES384").stdout.trim();
  });
  after(() => scene?.clear());

  const published = async () => {
    const response = await fetch(`${scene.evergrant.url}/.well-known/jwks.json`);
    return { cache: response.headers.get("cache-control"), set: (await response.json()) as { keys: Record<string, string>[] } };
  };

  it("serve a grant of a person too: the code, the refresh and the revocation", async () => {
    const page = await scene.connect();
    assert.match(page, /oauth=success/);

    await until("it is refreshed", () => scene.server.ledger.length > 0);
    const revoked = await scene.evergrant.post("/api/oauth/revoke", { tenantId: tenant, integrationId: provider });

    assert.equal(revoked.body.revokedAtProvider, true);
    assert.deepEqual(scene.server.ledger.map((one) => one.outcome), ["granted"]);
  });

  it("are published without a private member, for caches to keep a while", async () => {
    const { cache, set } = await published();

    assert.equal(cache, "public, max-age=900");
    assert.deepEqual(Object.keys(set.keys[0] ?? {}).sort(), ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    assert.equal(set.keys[0]?.["kid"], first);
  });

  it("are published before they sign when they are to take over, and the old one goes on signing", async () => {
    const next = keys(scene, "rotate", "ES384").stdout.trim();

    assert.deepEqual((await published()).set.keys.map((key) => key["kid"]), [first, next]);
    const rows = JSON.parse(keys(scene, "list", "--json").stdout) as { id: string; state: string }[];
    assert.deepEqual(rows.map((row) => row.state), ["signing", "published"]);
    assert.equal((await obtain(scene, "meanwhile")).status, 200);
  });

  it("that are removed sign nothing any more", async () => {
    for (const key of (await published()).set.keys) assert.equal(keys(scene, "remove", key["kid"] ?? "").status, 0);

    const refused = await obtain(scene, "afterwards");

    assert.equal(refused.body.error, "missing_app_credentials");
    assert.deepEqual((await published()).set.keys, []);
  });

  it("are nobody's but an admin's to make", async () => {
    const made = await scene.evergrant.post("/api/keys", { name: "app", role: "app" });

    const refused = await scene.evergrant.post("/api/signing-keys", { algorithm: "ES384" }, made.body.key);

    assert.equal(refused.status, 403);
  });
});
