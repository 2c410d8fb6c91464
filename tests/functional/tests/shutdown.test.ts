// SIGTERM: no new work, refreshes under way end well, code 0.
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { LedgerScene } from "../support/ledger_scene.ts";
import { until } from "../support/scene.ts";

const tenant = "acme";

/** A refresh that has reached the provider, whose answer waits for `answer`. */
async function refreshUnderWay(scene: LedgerScene) {
  let answer = () => {};
  const allowed = new Promise<void>((resolve) => (answer = resolve));
  scene.provider.fate = () => ({ beforeAnswering: () => allowed });
  const caller = scene.refresh(tenant).catch(() => undefined);
  await until("the request at the provider", () => scene.provider.ledger.length === 1);
  return { caller, answer };
}

describe("SIGTERM", () => {
  let scene: LedgerScene;
  afterEach(() => scene.clear());

  it("ends an idle server with code 0", async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, [tenant]);

    assert.deepEqual(await scene.evergrant.end("SIGTERM"), { code: 0, signal: null });
  });

  it("lets a refresh under way finish: its caller is answered, its token written, its refresh token presented once", async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, [tenant]);
    const { caller, answer } = await refreshUnderWay(scene);

    const ended = scene.evergrant.end("SIGTERM");
    await until("draining", () => scene.evergrant.log.includes("draining"));
    answer();

    assert.equal((await caller)?.body.accessToken, scene.provider.accessToken(tenant));
    assert.deepEqual(await ended, { code: 0, signal: null });
    scene.provider.fate = () => ({});
    await scene.evergrant.run();
    assert.equal((await scene.read(tenant)).body.accessToken, scene.provider.accessToken(tenant));
    assert.equal(scene.provider.ledger.length, 1);
  });

  it("finishes a refresh whose caller has left", async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, [tenant]);
    const leaving = new AbortController();
    let answer = () => {};
    const allowed = new Promise<void>((resolve) => (answer = resolve));
    scene.provider.fate = () => ({ beforeAnswering: () => allowed });
    const url = `${scene.evergrant.url}/api/oauth/token/${tenant}/ledger?minTtl=90000`;
    const caller = fetch(url, { signal: leaving.signal, headers: { authorization: `Bearer ${scene.evergrant.adminKey}` } });
    await until("the request at the provider", () => scene.provider.ledger.length === 1);
    leaving.abort();
    await assert.rejects(caller);

    const ended = scene.evergrant.end("SIGTERM");
    await until("draining", () => scene.evergrant.log.includes("draining"));
    answer();

    assert.deepEqual(await ended, { code: 0, signal: null });
    await scene.evergrant.run();
    assert.equal((await scene.read(tenant)).body.accessToken, scene.provider.accessToken(tenant));
  });

  it("takes no new connections while it drains", async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, [tenant]);
    const { caller, answer } = await refreshUnderWay(scene);

    const ended = scene.evergrant.end("SIGTERM");
    await until("the refusal", async () => {
      const refused = await fetch(`${scene.evergrant.url}/healthz`, { headers: { connection: "close" } }).then(
        (response) => response.status === 503,
        () => true);
      return refused;
    });
    answer();

    await caller;
    assert.deepEqual(await ended, { code: 0, signal: null });
  });

  it("ends with code 0 even beside a provider that never answers, within its time limit, and the grant is kept", async () => {
    scene = await LedgerScene.set({ policy: "with_grace", graceSeconds: 60 }, [tenant], {
      environment: { EVERGRANT_REFRESH_PROVIDER_TIMEOUT_SECONDS: "2", EVERGRANT_REFRESH_LEASE_SECONDS: "4" },
    });
    await refreshUnderWay(scene);
    const begun = Date.now();

    assert.deepEqual(await scene.evergrant.end("SIGTERM"), { code: 0, signal: null });
    assert.ok(Date.now() - begun < 9000, `${Date.now() - begun} ms`);

    scene.provider.fate = () => ({});
    await scene.evergrant.run();
    await until("the recovered grant", async () => {
      const answer = await scene.refresh(tenant);
      return answer.status === 200 && answer.body.accessToken === scene.provider.accessToken(tenant);
    });
  });
});
