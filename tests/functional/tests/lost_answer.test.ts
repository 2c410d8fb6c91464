// The provider has spent the refresh token and its answer does not arrive: one more try, never by the
// transport behind our back, and no silence about what was lost.
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { LedgerScene } from "../support/ledger_scene.ts";
import { until } from "../support/scene.ts";

const tenant = "acme";

describe("a provider that hangs up on a kept connection after spending the refresh token", () => {
  let scene: LedgerScene;
  afterEach(() => scene.clear());

  it("gets it once and not again before the pause, and within its grace the grant goes on", async () => {
    scene = await LedgerScene.set({ policy: "with_grace", graceSeconds: 60 }, [tenant]);
    await scene.refresh(tenant);
    const before = scene.provider.ledger.length;
    scene.provider.fate = () => ({ hangUp: true });

    const answer = await scene.refresh(tenant);

    assert.equal(scene.provider.ledger.length - before, 1);
    assert.equal(answer.status, 200);
    assert.equal(answer.body.degraded, true);
    scene.provider.fate = () => ({});
    await until("the next try", async () => (await scene.refresh(tenant)).body.accessToken === scene.provider.accessToken(tenant));
    assert.equal((await scene.row(tenant)).status, "healthy");
  });

  it("and rotates strictly: the grant is lost as no client could save it, and it says so", async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, [tenant]);
    await scene.refresh(tenant);
    const before = scene.provider.ledger.length;
    scene.provider.fate = () => ({ hangUp: true });

    await scene.refresh(tenant);

    assert.equal(scene.provider.ledger.length - before, 1);
    scene.provider.fate = () => ({});
    await until("the next try", async () => {
      await scene.refresh(tenant);
      return (await scene.row(tenant)).status === "invalid";
    });
    assert.match((await scene.row(tenant)).error ?? "", /The answer to the refresh begun at .* never arrived/);
  });
});

describe("an answer with a new refresh token and an absurd expires_in", () => {
  let scene: LedgerScene;
  afterEach(() => scene.clear());

  it("does not lose the refresh token", async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, [tenant]);
    scene.provider.fate = () => ({ members: { expires_in: 1e18 } });
    await scene.refresh(tenant);
    scene.provider.fate = () => ({});

    await until("a verdict", async () => {
      const answer = await scene.refresh(tenant);
      return answer.body.accessToken === scene.provider.accessToken(tenant) || (await scene.row(tenant)).status === "invalid";
    });

    assert.equal((await scene.row(tenant)).status, "healthy");
  });
});
