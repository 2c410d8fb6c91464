// `evergrant connect` waits for an authorization, and ends as that ends.
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

describe("evergrant connect", () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, []);
  });
  after(() => scene?.clear());

  /** Runs it for a new tenant, and comes back to its link with this. */
  async function connect(tenant: string, comesBackWith: string): Promise<{ code: number | null; said: string }> {
    const child = spawn(binary, ["connect", tenant, ledgerProvider, "--create-tenant", "--wait", "60"], {
      env: { ...scene.evergrant.environment, EVERGRANT_URL: scene.evergrant.url, EVERGRANT_API_KEY: scene.evergrant.adminKey },
      cwd: scene.evergrant.folder,
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const ended = once(child, "close");
    await until("the link", () => said.includes("Waiting"));
    const link = new URL(/https?:\S+/.exec(said)?.[0] ?? "");
    const state = encodeURIComponent(link.searchParams.get("state") ?? "");
    await scene.evergrant.get(`/api/oauth/callback?${comesBackWith}&state=${state}`, "");
    const [code] = (await ended) as [number | null];
    return { code, said };
  }

  it("says so when the tenant is connected", async () => {
    const { code, said } = await connect("acme", "code=acme");

    assert.equal(code, 0);
    assert.match(said, /Connected: acme at ledger/);
  });

  it("says so when access was denied, without waiting on", async () => {
    const { code, said } = await connect("globex", "error=access_denied");

    assert.equal(code, 5);
    assert.match(said, /Access was not granted at the provider/);
  });
});
