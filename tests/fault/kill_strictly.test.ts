// kill -9 at chosen points of a refresh, against a provider that rotates strictly and ends a grant whose refresh token comes
// twice: lost is at most what no client could save, and never silently.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { LedgerScene } from "../functional/support/ledger_scene.ts";
import { until } from "../functional/support/scene.ts";
import { Killing, killsAtEach } from "./killing.ts";
import { killPoints } from "./kill_points.ts";

describe("a grant at a provider that rotates strictly, after kill -9", () => {
  let killing: Killing;
  const begun = Date.now();
  before(async () => {
    killing = await Killing.begin({ policy: "strictly" });
  });
  after(async () => {
    await killing.end();
    console.log(`strictly: ${killing.kills} kills, ${killing.lost} lost, ${((Date.now() - begun) / 1000).toFixed(0)} s`);
  });

  for (const point of killPoints)
    it(`${point.name}: ${point.answerLost ? "at most the lost answer is lost, and said" : "nothing is lost"}`, async () => {
      const before = killing.lost;
      for (let i = 0; i < killsAtEach(killPoints.length); ++i) await killing.once(point);

      if (!point.answerLost) assert.equal(killing.lost, before);
    });
});

describe("a grant whose last answer was lost", () => {
  const tenant = "acme";
  let scene: LedgerScene;
  after(() => scene.clear());

  it("asks for a new authorization and says why, once its access token has expired", async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, [tenant], {}, 4);
    scene.provider.fate = () => ({ beforeAnswering: () => void process.kill(scene.evergrant.pid, "SIGKILL") });
    await assert.rejects(scene.refresh(tenant));
    scene.provider.fate = () => ({});
    await scene.evergrant.run();

    await until("its expiry", async () => (await scene.read(tenant)).status !== 200);

    const answer = await scene.read(tenant);
    assert.equal(answer.status, 409);
    assert.equal(answer.body.error, "reauthorization_required");
    assert.match(answer.body.message, /The answer to the refresh begun at .* never arrived/);
    assert.match(answer.body.authorizeUrl, new RegExp(`^/api/oauth/authorize/${tenant}\\?provider=`));
    assert.match(scene.evergrant.log, /"refresh_in_doubt"/);
  });
});
