// The Unix socket itself, that `--listen unix:PATH` makes.
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { Evergrant } from "../support/evergrant.ts";

let evergrant: Evergrant;
let other: Evergrant;
let socket: string;
before(async () => {
  evergrant = await Evergrant.start();
  other = await Evergrant.start();
  socket = path.join(evergrant.folder, "evergrant.sock");
  await evergrant.end();
  await other.end();
});
after(async () => {
  await evergrant.remove();
  await other.remove();
});
afterEach(async () => {
  await evergrant.end();
});

const listen = () => evergrant.run({}, `unix:${socket}`);
const status = () =>
  new Promise<number>((resolve, reject) => {
    request({ socketPath: socket, path: "/healthz" }, (response) => resolve(response.resume().statusCode ?? 0)).on("error", reject).end();
  });

describe("a Unix socket", () => {
  it("is where the server says that it listens, for owner and group", async () => {
    await listen();

    assert.equal(evergrant.url, `unix:${socket}`);
    assert.equal(statSync(socket).mode & 0o777, 0o660);
    assert.equal(await status(), 200);
  });

  it("goes when the server stops", async () => {
    await listen();

    await evergrant.end();

    assert.equal(existsSync(socket), false);
  });

  it("that kill -9 left behind is taken over", async () => {
    await listen();
    await evergrant.end("SIGKILL");
    assert.equal(existsSync(socket), true);

    await listen();

    assert.equal(await status(), 200);
  });

  it("that another server listens on is left to it, and the reason is said", async () => {
    await listen();

    await assert.rejects(other.run({}, `unix:${socket}`), /unix:.*evergrant\.sock.*in use/i);

    assert.equal(await status(), 200);
  });
});
