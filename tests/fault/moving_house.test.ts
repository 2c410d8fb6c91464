// kill -9 in the middle of a copy from one store to another: the next run goes on, the copy equals its source, and nobody is
// served from half of it.
import assert from "node:assert/strict";
import { existsSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { LedgerScene } from "../functional/support/ledger_scene.ts";
import { noPostgres, PostgresServer } from "./support/postgres.ts";
import { freePort } from "./support/network.ts";

const tenants = ["north", "east", "south", "west"];
const crashes = [
  ...[1, 2, 3, 4, 5, 6, 7].map((page) => `copy_page_written:${page}`),
  ...[1, 4, 7].flatMap((page) => [`store_before_commit:${page}`, `store_after_commit:${page}`]),
];

describe("a copy that is killed", () => {
  let scene: LedgerScene;
  let data: string;
  let target: string;
  before(async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, tenants);
    data = path.join(scene.evergrant.folder, "data");
    target = path.join(scene.evergrant.folder, "target");
    await scene.evergrant.end();
  });
  after(() => scene.clear());

  const copy = (environment: Record<string, string> = {}) =>
    scene.evergrant.command(["storage", "copy", "--from", `sqlite:${data}`, "--to", `sqlite:${target}`], environment);

  for (const crashAt of crashes)
    it(`at ${crashAt} is finished by the next run`, () => {
      rmSync(target, { recursive: true, force: true });
      assert.equal(copy({ EVERGRANT_CRASH_AT: crashAt }).status, null, "the copy was to be killed");

      const next = copy();

      assert.equal(next.status, 0, next.stderr);
      assert.match(next.stdout, /4 tenants, 1 app credentials, 1 API keys, 4 connections/);
      const again = copy();
      assert.match(again.stdout, /was there already and equals its source/);
    });

  it("lets no server start on half of it", () => {
    rmSync(target, { recursive: true, force: true });
    copy({ EVERGRANT_CRASH_AT: "copy_page_written:3" });

    const refused = scene.evergrant.command(["keys", "list"], {}, target);

    assert.equal(refused.status, 4);
    assert.match(refused.stderr, /run `evergrant storage copy` again/);
  });

  it("leaves grants that the new server reads and refreshes as the old one did", async () => {
    assert.equal(copy().status, 0);
    rmSync(data, { recursive: true });
    renameSync(target, data);
    assert.ok(existsSync(path.join(data, "evergrant.db")));
    await scene.evergrant.run();

    for (const tenant of tenants) {
      const answer = await scene.refresh(tenant);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      assert.equal(answer.body.accessToken, scene.provider.accessToken(tenant));
    }
  });
});

describe("a move to PostgreSQL and back", { skip: noPostgres }, () => {
  let scene: LedgerScene;
  let server: PostgresServer;
  before(async () => {
    const place = { name: "here", address: "127.0.0.1", enter: [] };
    server = new PostgresServer(place, await freePort(place.address));
    await server.create();
    scene = await LedgerScene.set({ policy: "strictly" }, tenants);
    await scene.evergrant.end();
  });
  after(async () => {
    await scene?.clear();
    await server?.remove();
  });

  it("keeps every grant, though it is killed on the way", async () => {
    const data = path.join(scene.evergrant.folder, "data");
    const there = ["storage", "copy", "--from", `sqlite:${data}`, "--to", server.url];
    const back = ["storage", "copy", "--from", server.url, "--to", `sqlite:${data}-again`];
    assert.equal(scene.evergrant.command(there, { EVERGRANT_CRASH_AT: "copy_page_written:4" }).status, null);
    assert.equal(scene.evergrant.command(there).status, 0);
    await scene.evergrant.run({ DATABASE_URL: server.url });
    for (const tenant of tenants) assert.equal((await scene.refresh(tenant)).status, 200);
    await scene.evergrant.end();

    assert.equal(scene.evergrant.command(back, { EVERGRANT_CRASH_AT: "copy_page_written:4" }).status, null);
    const home = scene.evergrant.command(back);
    assert.equal(home.status, 0, home.stderr);

    rmSync(data, { recursive: true });
    renameSync(`${data}-again`, data);
    await scene.evergrant.run();
    for (const tenant of tenants) {
      const answer = await scene.refresh(tenant);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      assert.equal(answer.body.accessToken, scene.provider.accessToken(tenant));
    }
  });
});

describe("a backup made while the server runs", () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, tenants);
  });
  after(() => scene.clear());

  it("is restored into another folder, from which grants are refreshed", async () => {
    const file = path.join(scene.evergrant.folder, "one.backup");
    const restored = path.join(scene.evergrant.folder, "restored");
    for (const tenant of tenants) assert.equal((await scene.refresh(tenant)).status, 200);
    const made = scene.evergrant.command(["backup", file]);
    assert.equal(made.status, 0, made.stderr);
    await scene.evergrant.end("SIGKILL");

    const done = scene.evergrant.command(["restore", file], {}, restored);
    assert.equal(done.status, 0, done.stderr);

    const data = path.join(scene.evergrant.folder, "data");
    rmSync(data, { recursive: true });
    renameSync(restored, data);
    await scene.evergrant.run();
    for (const tenant of tenants) assert.equal((await scene.refresh(tenant)).status, 200);
  });
});
