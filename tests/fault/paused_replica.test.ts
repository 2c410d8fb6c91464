// A replica that stops in the middle of a refresh for longer than its lease, as a virtual machine does that is moved, and
// wakes when another has long refreshed: it must not send any more, and what it writes must not win.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, describe, it } from "node:test";
import type { Rotation } from "../functional/support/ledger_provider.ts";
import { until } from "../functional/support/until.ts";
import { noClocks } from "./support/clock.ts";
import { Fleet } from "./support/fleet.ts";
import { noPostgres } from "./support/postgres.ts";
import type { Replica } from "./support/replica.ts";

const tenant = "acme";
const provider = "ledger";

function isStopped(replica: Replica): boolean {
  return /^State:\s*T/m.test(readFileSync(`/proc/${replica.evergrant.pid}/status`, "utf8"));
}

describe("a replica that sleeps past its lease", { skip: noPostgres }, () => {
  let fleet: Fleet;
  let asked = 86_400;
  afterEach(() => fleet?.remove());

  async function start(rotation: Rotation, clocked = false): Promise<void> {
    const environment = { EVERGRANT_REFRESH_AHEAD: "false", EVERGRANT_REFRESH_PROVIDER_TIMEOUT_SECONDS: "5", EVERGRANT_REFRESH_LEASE_SECONDS: "10" };
    fleet = await Fleet.start({ rotations: { [provider]: rotation }, replicas: ["a", "b"], redis: true, clocked, environment });
    await fleet.connect(provider, [tenant]);
  }

  async function refresh(replica: Replica) {
    const answer = await replica.read(tenant, provider, { minTtl: ++asked, limit: 30_000 });
    await fleet.ledger.catchUp();
    return answer;
  }

  /** A refresh at `a` that stops at `point`, and one at `b` that goes on without it. */
  async function overtake(point: string): Promise<void> {
    const [a, b] = [fleet.replica(0), fleet.replica(1)];
    await a.kill();
    await a.run({ EVERGRANT_CRASH_AT: `stop:${point}` });
    const asleep = refresh(a);
    await until("the replica asleep", () => isStopped(a));

    const answer = await refresh(b);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const { presentations } = fleet.ledger;
    const issuedToB = presentations.filter((one) => one.from === "b").map((one) => one.issued);
    assert.deepEqual(issuedToB, [answer.body.accessToken], JSON.stringify({ answer: answer.body, presentations }));

    a.resume();
    const late = await asleep;
    // What it was granted itself it may hand out if the store did not answer it at once: the journal has it then.
    const itsOwn = fleet.ledger.presentations.some((one) => one.from === "a" && one.issued === late.body.accessToken);
    const honest = late.status !== 200 || late.body.degraded === true || itsOwn || late.body.accessToken === fleet.ledger.accessToken(tenant);
    assert.ok(honest, JSON.stringify(late.body));
  }

  /** Both replicas have the token that the ledger says is the newest, and can go on from it. */
  async function bothGoOn(): Promise<void> {
    for (const replica of fleet.replicas) {
      await until(`the newest token at ${replica.name}`, async () => (await replica.read(tenant, provider)).body.accessToken === fleet.ledger.accessToken(tenant));
      const again = await refresh(replica);
      assert.equal(again.status, 200, JSON.stringify(again.body));
      assert.equal(again.body.accessToken, fleet.ledger.accessToken(tenant));
    }
    assert.ok(fleet.ledger.presentations.every((one) => one.outcome === "granted"), JSON.stringify(fleet.ledger.presentations));
    assert.equal((await fleet.replica(0).row(tenant, provider))?.status, "healthy");
  }

  async function requireThatOnlyOneSent(): Promise<void> {
    assert.deepEqual([...new Set(fleet.ledger.presentations.map((one) => one.from))], ["b"]);
    await bothGoOn();
    const tokens = fleet.ledger.presentations.map((one) => one.refreshToken);
    assert.equal(new Set(tokens).size, tokens.length, "each refresh token once");
  }

  it("does not send when it wakes before sending", async () => {
    await start({ policy: "strictly" });

    await overtake("after_intent");

    await requireThatOnlyOneSent();
  });

  for (const seconds of [-300, 300])
    it(`does not send then either if its clock is ${seconds} s off`, { skip: noClocks === "" ? false : noClocks }, async () => {
      await start({ policy: "strictly" }, true);
      await fleet.replica(0).clock?.stepNow(seconds);

      await overtake("after_intent");

      await fleet.replica(0).clock?.stepNow(0);
      await requireThatOnlyOneSent();
    });

  it("does not overwrite what came meanwhile when it wakes with an answer", async () => {
    await start({ policy: "with_grace", graceSeconds: 600 });

    await overtake("after_answer");

    assert.deepEqual([...new Set(fleet.ledger.presentations.map((one) => one.from))], ["a", "b"]);
    await bothGoOn();
  });
});
