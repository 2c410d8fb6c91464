// The audit log of a fleet: one chain, and where it is required no token goes out while it cannot be written. And its master
// key: not replaced before every replica knows the new one.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { until } from "../functional/support/until.ts";
import { Fleet } from "./support/fleet.ts";
import { noPostgres } from "./support/postgres.ts";
import type { Replica } from "./support/replica.ts";

const provider = "ledger";
const tenants = ["north", "east"];

describe("a fleet whose audit log is required", { skip: noPostgres }, () => {
  let fleet: Fleet;
  before(async () => {
    fleet = await Fleet.start({
      rotations: { [provider]: { policy: "strictly" } },
      replicas: ["a", "b"],
      environment: { EVERGRANT_REFRESH_AHEAD: "false", EVERGRANT_DATABASE_TIMEOUT_SECONDS: "2", EVERGRANT_AUDIT_REQUIRED: "true", EVERGRANT_AUDIT_WINDOW_SECONDS: "1" },
    });
    await fleet.connect(provider, tenants);
  });
  after(() => fleet?.remove());

  const readAll = () => Promise.all(fleet.replicas.flatMap((replica) => tenants.map((tenant) => replica.read(tenant, provider))));
  const verified = async () => (await fleet.replica(0).ask("GET", "/api/audit/verify")).body;

  async function counted(replica: Replica): Promise<number> {
    const { status, body } = await replica.ask("GET", "/api/audit?action=token.vend&outcome=ok&limit=1000");
    if (status !== 200) return 0;
    return body.events.reduce((sum: number, one: { detail: string }) => sum + (one.detail === "" ? 1 : JSON.parse(one.detail).count), 0);
  }

  it("keeps one chain of what all replicas tell", async () => {
    for (let round = 0; round < 10; ++round) await readAll();

    await until("all reads are told of", async () => (await counted(fleet.replica(1))) === 10 * 2 * tenants.length);
    const log = await verified();

    assert.equal(log.ok, true, log.reason);
    assert.equal(log.done, true);
  });

  it("hands out nothing once the log could not be written for ten seconds, and all again when it can", async () => {
    const before = await counted(fleet.replica(0));
    let served = 0;
    await fleet.postgres.end("SIGKILL");
    let refusal: { status: number; body: any } | undefined;
    await until("a refusal", async () => {
      const answer = await fleet.replica(0).read("north", provider, { limit: 10_000 });
      served += answer.status === 200 ? 1 : 0;
      refusal = answer.status === 503 ? answer : undefined;
      return refusal !== undefined;
    }, 40_000);

    await fleet.postgres.run();
    await until("tokens again", async () => (await readAll()).every((one) => one.status === 200), 40_000);

    assert.ok(served > 0, "what is cached is served at first");
    assert.equal(refusal?.body.error, "store_unavailable");
    assert.match(refusal?.body.message, /audit log cannot be written/);
    await until("what was served meanwhile is told of", async () => (await counted(fleet.replica(0))) >= before + served);
    assert.equal((await verified()).ok, true);
  });

  it("does not begin to seal under a master key that one of its replicas does not know", async () => {
    const [one, other] = fleet.replicas;
    if (one === undefined || other === undefined) throw new Error("two replicas");
    const old = one.evergrant.environment["ENCRYPTION_KEY"] ?? "";
    const key = randomBytes(32).toString("hex");
    const restart = async (replica: Replica, ring: string) => {
      await replica.evergrant.end();
      replica.evergrant.environment["ENCRYPTION_KEY"] = ring;
      await replica.run();
    };
    await restart(one, `${key},${old}`);
    const unknown = await one.ask("POST", "/api/keys/master/rotate", {});
    await restart(other, `${old},${key}`);
    const second = await one.ask("POST", "/api/keys/master/rotate", {});
    await restart(other, `${key},${old}`);
    const begun = await one.ask("POST", "/api/keys/master/rotate", {});
    assert.equal(begun.status, 202, JSON.stringify(begun.body));
    await until("nothing is left", async () => (await one.ask("GET", "/api/keys/master")).body.remaining === 0);
    await restart(one, key);
    await restart(other, key);

    assert.equal(unknown.status, 409);
    assert.match(unknown.body.message, /does not know master key/);
    assert.equal(second.status, 409);
    assert.match(second.body.message, /still encrypts under/);
    assert.deepEqual((await readAll()).map((answer) => answer.status), [200, 200, 200, 200]);
    assert.equal((await verified()).ok, true);
  });
});
