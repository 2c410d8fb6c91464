// What an operator does when a provider was breached: ends every grant there, and begins again when the run was cut off.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "node:test";
import { LedgerScene, ledgerProvider } from "../support/ledger_scene.ts";
import { until } from "../support/until.ts";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const binary = process.env["EVERGRANT_BINARY"] ?? path.join(root, "build/release/evergrant");
const tenants = Array.from({ length: 12 }, (_, index) => `tenant-${index}`);

describe("evergrant revoke", () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, tenants, {}, 3600, (provider) => {
      provider.entry = `revocation_url: ${provider.url}/revoke\n`;
    });
  });
  after(() => scene?.clear());

  function begin(...args: string[]) {
    const child = spawn(binary, ["revoke", ...args], {
      env: { ...scene.evergrant.environment, EVERGRANT_URL: scene.evergrant.url, EVERGRANT_API_KEY: scene.evergrant.adminKey },
      cwd: scene.evergrant.folder,
    });
    const said = { text: "" };
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said.text += chunk.toString()));
    return { child, said, ended: once(child, "close").then(([code]) => code as number | null) };
  }

  async function left(): Promise<string[]> {
    const { body } = await scene.evergrant.get(`/api/oauth/health?provider=${ledgerProvider}`);
    return body.data.tokens.map((one: { clientId: string }) => one.clientId);
  }

  async function waiting(): Promise<number> {
    const { body } = await scene.evergrant.get(`/api/oauth/health?provider=${ledgerProvider}`);
    return body.data.revocationsWaiting;
  }

  it("says how many there are and ends none without --yes", async () => {
    const { said, ended } = begin("--provider", ledgerProvider);

    assert.equal(await ended, 2);
    assert.match(said.text, /would revoke 12 connections/);
    assert.equal((await left()).length, tenants.length);
  });

  it("does not end everything for want of a word", async () => {
    const { said, ended } = begin("--yes");

    assert.equal(await ended, 2);
    assert.match(said.text, /a TENANT, or --provider/);
  });

  it("ends one tenant's alone", async () => {
    const { ended } = begin("tenant-3", "--yes");

    assert.equal(await ended, 0);
    assert.deepEqual((await left()).filter((tenant) => tenant === "tenant-3"), []);
    assert.equal((await left()).length, tenants.length - 1);
  });

  it("is killed on the way, and begun again ends what is left", async () => {
    const cut = begin("--provider", ledgerProvider, "--per-second", "10", "--yes");
    await until("some to be revoked", async () => (await left()).length < tenants.length - 3);
    cut.child.kill("SIGKILL");
    await cut.ended;
    const before = (await left()).length;

    const again = begin("--provider", ledgerProvider, "--per-second", "100", "--yes");

    assert.equal(await again.ended, 0);
    assert.ok(before > 0, "the first run was cut off");
    assert.match(again.said.text, new RegExp(`^${before} connections revoked`, "m"));
    assert.deepEqual(await left(), []);
  });

  it("goes on asking a provider that throttles, across a kill", async () => {
    for (const tenant of tenants) await scene.connect(tenant);
    let asked = 0;
    scene.provider.revocation = () => (++asked % 3 === 0 ? { status: 503 } : { status: 429, retryAfter: "1" });

    const begun = begin("--provider", ledgerProvider, "--per-second", "100", "--yes");

    assert.equal(await begun.ended, 8);
    assert.match(begun.said.text, /12 connections revoked: 0 at the provider too/);
    assert.match(begun.said.text, /^12 are still alive at the provider/m);
    assert.deepEqual(await left(), []);
    await scene.evergrant.end("SIGKILL");
    await scene.evergrant.run();
    assert.equal(await waiting(), tenants.length);
    scene.provider.revocation = () => ({ status: 200 });
    await until("the provider to have revoked all", () => tenants.every((tenant) => scene.provider.isRevoked(tenant)), 120_000);
    await until("nothing to wait", async () => (await waiting()) === 0);
    const again = begin("--provider", ledgerProvider, "--yes");
    assert.equal(await again.ended, 0);
  });
});
