// Sweeps of the health monitor on the embedded store. Among many connections some come due at moments that were set
// beforehand: most have ended and nobody can refresh them, the others are probed at their provider. How long after that moment
// the last of them is judged, and what it does to reads: the same load is measured in windows by turns, in every other of which
// a sweep falls, and nothing else differs. A thousand connections are real; the rest are rows like them, put in by SQL.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { LedgerScene, ledgerProvider } from "../tests/functional/support/ledger_scene.ts";
import { load, machine, median, unlimited } from "./load.ts";

const many = Number(process.env["CONNECTIONS"] ?? "1000000");
const due = Number(process.env["DUE"] ?? "1000");
const pairs = Number(process.env["PAIRS"] ?? "7");
const real = 1000;
/** Of what a sweep finds due. */
const probed = Math.floor(Math.min(real / pairs, due / 5));
const ended = due - probed;
const windowSeconds = 4;
/** The load runs for some time before the sweep begins, and is over long after it. */
const untilDue = 1000;
const rate = 8000;
const tenants = Array.from({ length: real }, (_, index) => `tenant-${index}`);
const columns = "provider, status, generation, scopes, expires_at_s, next_try_at, next_check_at, created_at, updated_at, params, token_type, lifetime_s, access_token, refresh_token, metadata";
const copied = "t.provider, t.status, t.generation, t.scopes, t.expires_at_s, t.next_try_at + 864000000, NULL, t.created_at, t.updated_at, t.params, t.token_type, t.lifetime_s, t.access_token, t.refresh_token, t.metadata";

class Store {
  readonly #file: string;
  constructor(folder: string) {
    this.#file = path.join(folder, "data", "evergrant.db");
  }

  sql(statement: string): string {
    const done = spawnSync("sqlite3", ["-cmd", ".timeout 10000", this.#file, statement], { encoding: "utf8" });
    if (done.status !== 0) throw new Error(done.stderr);
    return done.stdout.trim();
  }

  /** Rows like the real ones, named `name-1` and so on. */
  copy(name: string, count: number): void {
    this.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) INSERT INTO oauth_tokens (tenant_id, integration_id, ${columns})
      SELECT '${name}-' || n.i, t.integration_id, ${copied} FROM n JOIN oauth_tokens t ON t.tenant_id = 'tenant-' || (n.i % ${real});`);
  }

  /** Has a sweep fall on this moment. */
  comeDue(sweep: number, moment: number): void {
    this.sql(`BEGIN IMMEDIATE;
      UPDATE oauth_tokens SET refresh_token = NULL, next_try_at = NULL, expires_at_s = ${Math.floor(moment / 1000)} - 60, next_check_at = ${moment} WHERE tenant_id IN (${named(`ended${sweep}`, ended)});
      UPDATE oauth_tokens SET last_check_at = obtained_at, next_check_at = ${moment} WHERE tenant_id IN (${named("tenant", probed, sweep * probed)});
      COMMIT;`);
  }

  /** How many milliseconds after its moment the last of a sweep was judged. */
  judgedAfter(sweep: number, moment: number): number {
    const dead = Number(this.sql(`SELECT count(*) FROM oauth_tokens WHERE status = 'invalid' AND tenant_id IN (${named(`ended${sweep}`, ended)})`));
    const last = this.sql(`SELECT min(last_check_at) || ' ' || max(last_check_at) FROM oauth_tokens WHERE tenant_id IN (${named(`ended${sweep}`, ended)}, ${named("tenant", probed, sweep * probed)})`);
    const [first = 0, latest = 0] = last.split(" ").map(Number);
    if (dead !== ended || first < moment) throw new Error(`${dead} of ${ended} are known to be dead, the first was judged at ${first}`);
    return latest - moment;
  }
}

function named(name: string, count: number, from = 1): string {
  return Array.from({ length: count }, (_, index) => `'${name}-${from + index}'`).join(",");
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
  const scene = await LedgerScene.set({ policy: "strictly" }, tenants, { environment: { ...unlimited, EVERGRANT_REFRESH_AHEAD: "true", EVERGRANT_HEALTH_CHECK_MINUTES: "10080" } }, 86_400, (provider) => {
    provider.entry = `api_base_url: ${provider.url}/api\nhealth_probe: /me\n`;
  });
  try {
    const { evergrant } = scene;
    const store = new Store(evergrant.folder);
    await evergrant.end();
    // The first look at what was just obtained is not what is measured.
    store.sql("UPDATE oauth_tokens SET next_check_at = next_check_at + 86400000");
    store.copy("filler", many - real - pairs * ended);
    for (let sweep = 0; sweep < pairs; ++sweep) store.copy(`ended${sweep}`, ended);
    await evergrant.run();
    const urls = tenants.map((tenant) => `${evergrant.url}/api/oauth/token/${tenant}/${ledgerProvider}`);
    const reads = () => load(urls, { key: evergrant.adminKey, clients: 8, seconds: windowSeconds, rate });
    await reads();
    const page = await timed(() => evergrant.get("/divine/oauth/health?limit=100"));
    const expiring = await timed(() => evergrant.get("/divine/oauth/health?limit=100&status=expiring"));
    const quiet: number[] = [];
    const swept: number[] = [];
    const sweeps: number[] = [];
    for (let sweep = 0; sweep < pairs; ++sweep) {
      // Each is first in every other pair: what drifts falls on both.
      const window = async (withSweep: boolean) => {
        if (!withSweep) return void quiet.push((await reads()).p99);
        const moment = Date.now() + untilDue;
        store.comeDue(sweep, moment);
        swept.push((await reads()).p99);
        sweeps.push(store.judgedAfter(sweep, moment));
      };
      await window(sweep % 2 === 0);
      await window(sweep % 2 !== 0);
    }
    const ratios = swept.map((p99, index) => p99 / (quiet[index] ?? NaN));
    console.log(`  ${many} connections, ${due} come due at once, of which ${ended} have ended and ${probed} are probed: the last is judged ${median(sweeps).toFixed(0)} ms later (median of ${pairs}; most ${Math.max(...sweeps).toFixed(0)} ms)`);
    console.log(`  reads at ${rate} a second: p99 ${median(swept).toFixed(3)} ms with a sweep, ${median(quiet).toFixed(3)} ms without; ${median(ratios).toFixed(2)} times (median of ${pairs} pairs by turns, from ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`);
    console.log(`  a page of 100 with the counts of all: ${page.toFixed(0)} ms; of those that expire, of which there are none: ${expiring.toFixed(0)} ms (median of 5)`);
  } finally {
    await scene.clear();
  }
}

void main();
