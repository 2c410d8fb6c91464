// Grants to the app itself, by client credentials, at a real authorization server.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Scene, provider, tenant, until } from "../support/scene.ts";

describe("a grant to the app itself", () => {
  let scene: Scene;
  before(async () => {
    scene = await Scene.set({ machine: true, accessTokenSeconds: 8 });
  });
  after(() => scene?.clear());

  const obtain = (fields: object = {}) =>
    scene.evergrant.post("/api/oauth/client-credentials", { tenantId: tenant, provider, integrationId: "machine", scopes: ["read"], ...fields });
  const read = () => scene.evergrant.get(`/api/oauth/token/${tenant}/machine`);

  it("is obtained once by many who ask for it at once", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => obtain()));

    assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [200]);
    assert.equal(scene.server.ownTokens, 1);
    assert.equal(answers[0]?.body.integrationId, "machine");
    assert.ok(Date.parse(answers[0]?.body.expiresAt) > Date.now());
  });

  it("is read like any other, with the scopes granted", async () => {
    const answer = await read();

    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body.scopes, ["read"]);
  });

  it("is renewed by itself before it ends", async () => {
    const first = (await read()).body.accessToken;

    await until("another token is read", async () => (await read()).body.accessToken !== first);

    assert.equal(scene.server.ownTokens, 2);
  });

  it("is a conflict with other scopes, and stands", async () => {
    const answer = await obtain({ scopes: [] });

    assert.equal(answer.status, 409);
    assert.equal(answer.body.error, "conflict");
    assert.equal((await read()).status, 200);
  });

  it("that is refused leaves nothing behind", async () => {
    const refused = await obtain({ integrationId: "greedy", scopes: ["everything"] });

    assert.equal(refused.status, 502);
    assert.equal((await scene.evergrant.get(`/api/oauth/token/${tenant}/greedy`)).status, 404);
  });

  it("is of no tenant that a header names", async () => {
    const answer = await scene.evergrant.call("POST", "/api/oauth/client-credentials", { provider }, undefined, { "x-tenant-id": tenant, "x-client-id": tenant });

    assert.equal(answer.status, 400);
    assert.match(answer.body.message, /tenantId/);
  });

  it("ends like any other", async () => {
    const revoked = await scene.evergrant.post("/api/oauth/revoke", { tenantId: tenant, integrationId: "machine" });

    assert.equal(revoked.status, 200);
    assert.equal((await read()).status, 404);
  });
});
