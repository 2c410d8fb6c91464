// A sweep of the health monitor on the embedded store: among many connections some have ended while the server was down, and
// nobody can refresh them. How soon all of them are known to be dead, what reads take meanwhile, and how long the list and
// the counts of all connections take. A thousand connections are real; the rest are rows like them, put in by SQL.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { LedgerScene, ledgerProvider } from "../tests/functional/support/ledger_scene.ts";
import { load, machine, median, unlimited } from "./load.ts";

const many = Number(process.env["CONNECTIONS"] ?? "1000000");
const due = Number(process.env["DUE"] ?? "1000");
const real = 1000;
const tenants = Array.from({ length: real }, (_, index) => `tenant-${index}`);
const columns = "provider, status, generation, scopes, expires_at_s, next_try_at, next_check_at, created_at, updated_at, params, token_type, lifetime_s, access_token, refresh_token, metadata";

/** Rows `from` to `to`; those that are due have ended and have no refresh token. */
function rows(from: number, to: number, ended: boolean): string {
  const [expires, nextTry, nextCheck, refreshToken] = ended
    ? ["unixepoch() - 60", "NULL", "(unixepoch() - 60) * 1000", "NULL"]
    : ["t.expires_at_s", "t.next_try_at + 864000000", "NULL", "t.refresh_token"];
  return `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to}) INSERT INTO oauth_tokens (tenant_id, integration_id, ${columns})
    SELECT 'filler-' || n.i, t.integration_id, t.provider, t.status, t.generation, t.scopes, ${expires}, ${nextTry}, ${nextCheck}, t.created_at, t.updated_at, t.params,
    t.token_type, t.lifetime_s, t.access_token, ${refreshToken}, t.metadata FROM n JOIN oauth_tokens t ON t.tenant_id = 'tenant-' || (n.i % ${real});`;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; ++round) {
    const begun = performance.now();
    await work();
    times.push(performance.now() - begun);
  }
  return median(times);
}

async function main(): Promise<void> {
  console.log(machine);
  const scene = await LedgerScene.set({ policy: "strictly" }, tenants, { environment: { ...unlimited, EVERGRANT_REFRESH_AHEAD: "true" } }, 86_400);
  try {
    const { evergrant } = scene;
    const urls = tenants.map((tenant) => `${evergrant.url}/api/oauth/token/${tenant}/${ledgerProvider}`);
    const reads = () => load(urls.map((url) => url.replace(/^http:\/\/[^/]+/, evergrant.url)), { key: evergrant.adminKey, clients: 8, seconds: 3, rate: 8000 });
    await evergrant.end();
    const file = path.join(evergrant.folder, "data", "evergrant.db");
    const filled = spawnSync("sqlite3", [file, rows(1, many - real - due, false)], { encoding: "utf8" });
    if (filled.status !== 0) throw new Error(filled.stderr);
    await evergrant.run();
    await reads();
    const quiet = (await reads()).p99;
    const page = await timed(() => evergrant.get("/divine/oauth/health?limit=100"));
    const expiring = await timed(() => evergrant.get("/divine/oauth/health?limit=100&status=expiring"));
    await evergrant.end();
    const ended = spawnSync("sqlite3", [file, rows(many + 1, many + due, true)], { encoding: "utf8" });
    if (ended.status !== 0) throw new Error(ended.stderr);
    await evergrant.run();
    const begun = performance.now();
    const busy = reads();
    const dead = async () => (await evergrant.get("/divine/oauth/health?limit=1&status=invalid")).body.data.summary.invalid;
    while ((await dead()) < due) await new Promise((resolve) => setTimeout(resolve, 20));
    const sweep = performance.now() - begun;
    console.log(`  ${many} connections, ${due} of them ended: all known to be dead ${sweep.toFixed(0)} ms after the start; reads p99 ${(await busy).p99.toFixed(3)} ms meanwhile, ${quiet.toFixed(3)} ms before`);
    console.log(`  a page of 100 with the counts of all: ${page.toFixed(0)} ms; of those that expire, of which there are none: ${expiring.toFixed(0)} ms (median of 5)`);
  } finally {
    await scene.clear();
  }
}

void main();
