// `make demo` tells a true story, and judges it itself by the authorization server's ledger.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

describe("the demo", () => {
  it("obtains a grant, lets its token expire, and finds it refreshed once", { timeout: 40_000 }, async () => {
    const demo = spawn(process.execPath, ["--import", "tsx", "demo/demo.ts"], { cwd: folder, env: { ...process.env, DEMO_ONCE: "1" } });
    let told = "";
    for (const stream of [demo.stdout, demo.stderr]) stream.on("data", (chunk: Buffer) => (told += chunk.toString()));

    const [code] = (await once(demo, "close")) as [number | null];

    assert.equal(code, 0, told);
    assert.match(told, /refreshed once meanwhile/);
    assert.match(told, /That was the demo\.$/m);
  });
});
