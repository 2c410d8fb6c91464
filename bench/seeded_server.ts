// Evergrant with one connected tenant, on one thread, for a load generator: prints `pid port path key` and serves until
// its standard input ends.
import { LedgerScene, ledgerProvider } from "../tests/functional/support/ledger_scene.ts";

const environment = { EVERGRANT_THREADS: "1", EVERGRANT_LIMITS_KEY_REQUESTS_PER_SECOND: "0" };

async function main(): Promise<void> {
  const scene = await LedgerScene.set({ policy: "strictly" }, ["acme"], { environment }, 86_400);
  try {
    await scene.read("acme");
    const { pid, url, adminKey } = scene.evergrant;
    console.log(`${pid} ${new URL(url).port} /api/oauth/token/acme/${ledgerProvider} ${adminKey}`);
    for await (const ignored of process.stdin) void ignored;
  } finally {
    await scene.clear();
  }
}

void main();
