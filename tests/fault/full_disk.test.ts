// The disk fills up while a refresh is under way: the store can no longer take what the provider has just rotated. The new
// token set is kept, handed out only once it is durable, and written when there is space again.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, rmdirSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, it } from "node:test";
import { LedgerScene } from "../functional/support/ledger_scene.ts";
import { until } from "../functional/support/scene.ts";

const tenant = "acme";

function mountSmall(folder: string): boolean {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", folder]).status === 0;
}

function mayMount(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), "evergrant-mount-"));
  const mounted = mountSmall(folder);
  if (mounted) spawnSync("umount", [folder]);
  rmdirSync(folder);
  return mounted;
}

/** Writes until not a byte more fits. */
function fill(folder: string): void {
  const file = openSync(path.join(folder, "ballast"), "w");
  for (const size of [65_536, 4096, 1])
    try {
      for (;;) writeSync(file, Buffer.alloc(size));
    } catch {
      continue;
    }
  closeSync(file);
}

const empty = (folder: string): void => rmSync(path.join(folder, "ballast"));

describe("a disk that fills up during a refresh", { skip: mayMount() ? false : "mounting a small disk is not permitted here" }, () => {
  let scene: LedgerScene;
  let data = "";
  afterEach(async () => {
    await scene.evergrant.end("SIGKILL");
    spawnSync("umount", [data]);
    await scene.clear();
  });

  /** The provider has rotated, the disk is full, and the server has the answer. */
  async function refreshOntoFullDisk() {
    const prepare = (folder: string) => void (mountSmall(folder), (data = folder));
    scene = await LedgerScene.set({ policy: "strictly" }, [tenant], { prepare });
    const held = (await scene.read(tenant)).body.accessToken;
    scene.provider.fate = () => ({ beforeAnswering: () => fill(data) });
    const answer = await scene.refresh(tenant);
    scene.provider.fate = () => ({});
    assert.match(scene.evergrant.log, /"refresh_not_written"/);
    return { held, answer };
  }

  /** Readers get what the provider has given, and the next refresh works: the rotated refresh token is there. */
  async function nothingIsLost() {
    assert.equal((await scene.read(tenant)).body.accessToken, scene.provider.accessToken(tenant));
    await until("another refresh", async () => {
      const before = scene.provider.ledger.length;
      await scene.refresh(tenant);
      return scene.provider.ledger.length > before;
    });
    assert.ok(scene.provider.ledger.every((one) => one.outcome === "granted"), JSON.stringify(scene.provider.ledger));
    assert.equal((await scene.row(tenant)).status, "healthy");
  }

  it("fails no read: the new token is served if it is in the journal, else the old one", async () => {
    const { held, answer } = await refreshOntoFullDisk();

    const journalled = scene.evergrant.log.includes('"token_set_rescued"');

    assert.equal(answer.status, 200);
    assert.equal(answer.body.accessToken, journalled ? scene.provider.accessToken(tenant) : held);
    assert.equal((await scene.read(tenant)).status, 200);
    assert.equal(scene.provider.ledger.length, 1, "nothing is presented while a token set waits to be written");
  });

  it("loses nothing once there is space again", async () => {
    await refreshOntoFullDisk();

    empty(data);

    await until("the token set written", () => scene.evergrant.log.includes('"rescued_token_set_written"'));
    await until("it being served", async () => (await scene.read(tenant)).body.accessToken === scene.provider.accessToken(tenant));
    await scene.evergrant.end("SIGKILL");
    await scene.evergrant.run();
    await nothingIsLost();
  });

  it("loses nothing to kill -9 while it is full: the journal had room kept for it", async () => {
    await refreshOntoFullDisk();
    assert.match(scene.evergrant.log, /"token_set_rescued"/);

    await scene.evergrant.end("SIGKILL");
    empty(data);
    await scene.evergrant.run();

    assert.match(scene.evergrant.log, /"rescue_journal_replayed"/);
    await nothingIsLost();
  });
});
