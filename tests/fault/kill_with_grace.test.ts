// kill -9 at chosen points of a refresh, against a provider that rotates with grace: nothing is lost.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Killing, killsAtEach } from "./killing.ts";
import { killPoints } from "./kill_points.ts";

describe("a grant at a provider that rotates with grace survives kill -9", () => {
  let killing: Killing;
  const begun = Date.now();
  before(async () => {
    killing = await Killing.begin({ policy: "with_grace", graceSeconds: 60 });
  });
  after(async () => {
    await killing.end();
    console.log(`with grace: ${killing.kills} kills, ${killing.lost} lost, ${((Date.now() - begun) / 1000).toFixed(0)} s`);
  });

  for (const point of killPoints)
    it(point.name, async () => {
      for (let i = 0; i < killsAtEach(killPoints.length); ++i) await killing.once(point);

      assert.equal(killing.lost, 0);
    });
});
