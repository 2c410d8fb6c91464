// Many callers, one expired token: one refresh, the same token for all.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Scene, provider, tenant } from "../support/scene.ts";

const callers = 500;

describe("500 callers on one expired token", () => {
  let scene: Scene;
  before(async () => {
    scene = await Scene.set({ accessTokenSeconds: 3 }, { environment: { EVERGRANT_REFRESH_AHEAD: "false" } });
    await scene.connect();
  });
  after(() => scene.clear());

  it("cause one refresh and get the same token", async () => {
    await new Promise((resolve) => setTimeout(resolve, 3500));

    const answers = await Promise.all(
      Array.from({ length: callers }, () => scene.evergrant.get(`/api/oauth/token/${tenant}/${provider}`)));

    assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([200]));
    assert.equal(new Set(answers.map((answer) => answer.body.accessToken)).size, 1);
    assert.deepEqual(scene.presentations(), [1]);
  });

  it("of whom each asks for more life than there is cause one refresh, not one a call", async () => {
    const before = scene.server.ledger.length;

    for (let i = 0; i < 5; ++i) await scene.evergrant.get(`/api/oauth/token/${tenant}/${provider}?minTtl=86400`);

    assert.ok(scene.server.ledger.length - before <= 1);
  });
});
