// A million connections against a thousand, on each engine: how soon the server is ready, how long reads take, what a cached
// connection weighs, and how much processor time goes by while none is due and /metrics is scraped. A thousand connections are real; the rest are
// rows like them whose tokens nobody reads, put in by SQL.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { Fleet } from "../tests/fault/support/fleet.ts";
import { LedgerScene, ledgerProvider } from "../tests/functional/support/ledger_scene.ts";
import { Evergrant } from "../tests/functional/support/evergrant.ts";
import { forAll, load, machine, median, processorSeconds, residentMegabytes, unlimited } from "./load.ts";

const many = Number(process.env["CONNECTIONS"] ?? "1000000");
const engines = (process.env["ENGINES"] ?? "sqlite postgres").split(" ");
const real = 1000;
const idleSeconds = 30;
/** More often than Prometheus does unless it is told otherwise. */
const scrapeSeconds = 10;
const tenants = Array.from({ length: real }, (_, index) => `tenant-${index}`);

/** A server with its connections, and a way to put more rows beside them. */
interface House {
  evergrant: Evergrant;
  provider: string;
  fill(rows: number): Promise<void>;
  databaseSeconds(): Promise<number>;
  remove(): Promise<void>;
}

const columns = "provider, status, generation, scopes, expires_at_s, next_try_at, created_at, updated_at, params, token_type, lifetime_s, access_token, refresh_token, metadata";
const copied = "t.provider, t.status, t.generation, t.scopes, t.expires_at_s, t.next_try_at + 864000000, t.created_at, t.updated_at, t.params, t.token_type, t.lifetime_s, t.access_token, t.refresh_token, t.metadata";

async function sqliteHouse(): Promise<House> {
  const scene = await LedgerScene.set({ policy: "strictly" }, tenants, { environment: { ...unlimited, EVERGRANT_REFRESH_AHEAD: "true" } }, 86_400);
  return {
    evergrant: scene.evergrant,
    provider: ledgerProvider,
    fill: async (rows) => {
      const sql = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) INSERT INTO oauth_tokens (tenant_id, integration_id, ${columns}) SELECT 'filler-' || n.i, t.integration_id, ${copied} FROM n JOIN oauth_tokens t ON t.tenant_id = 'tenant-' || (n.i % ${real});`;
      await scene.evergrant.end();
      const file = path.join(scene.evergrant.folder, "data", "evergrant.db");
      const done = spawnSync("sqlite3", [file, sql], { encoding: "utf8" });
      if (done.status !== 0) throw new Error(done.stderr);
      await scene.evergrant.run();
    },
    databaseSeconds: () => Promise.resolve(0),
    remove: () => scene.clear(),
  };
}

/** Rows that one statement inserts: each has a minute. */
const atOnce = 100_000;

async function postgresHouse(): Promise<House> {
  const provider = "strict";
  const fleet = await Fleet.start({ rotations: { [provider]: { policy: "strictly" } }, treatment: { expiresIn: 86_400 }, replicas: ["a"], environment: unlimited });
  await fleet.connect(provider, tenants);
  const { evergrant } = fleet.replica(0);
  return {
    evergrant,
    provider,
    fill: async (rows) => {
      await evergrant.end();
      for (let from = 1; from <= rows; from += atOnce)
        await fleet.postgres.sql(`insert into oauth_tokens (tenant_id, integration_id, ${columns}) select 'filler-' || n, t.integration_id, ${copied} from generate_series(${from}, ${Math.min(rows, from + atOnce - 1)}) n join oauth_tokens t on t.tenant_id = 'tenant-' || (n % ${real})`);
      await fleet.postgres.sql("analyze");
      console.log(`  a row with its indexes: ${await fleet.postgres.sql("select pg_total_relation_size('oauth_tokens') / (select count(*) from oauth_tokens)")} bytes`);
      await evergrant.run();
    },
    databaseSeconds: () => Promise.resolve(secondsOfAll("postgres")),
    remove: () => fleet.remove(),
  };
}

/** Lets nothing happen but scrapes of /metrics; the longest of them in milliseconds. */
async function idle(evergrant: Evergrant): Promise<number> {
  let longest = 0;
  for (let passed = 0; passed < idleSeconds; passed += scrapeSeconds) {
    const begun = performance.now();
    await evergrant.get("/metrics");
    longest = Math.max(longest, performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, scrapeSeconds * 1000));
  }
  return longest;
}

/** Processor time of every process of that name; others' servers on this machine count too. */
function secondsOfAll(name: string): number {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  const found = spawnSync("pgrep", ["-x", name], { encoding: "utf8" }).stdout.split("\n").filter((pid) => pids.includes(pid));
  return found.reduce((sum, pid) => sum + processorSeconds(Number(pid)), 0);
}

async function readyMilliseconds(evergrant: Evergrant): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; ++round) {
    await evergrant.end();
    const begun = performance.now();
    await evergrant.run();
    await evergrant.get("/readyz", "");
    times.push(performance.now() - begun);
  }
  return median(times);
}

interface Figures {
  ready: number;
  p99: number;
  idle: number;
  idleDatabase: number;
}

async function measure(house: House, connections: number): Promise<Figures> {
  const { evergrant, provider } = house;
  const ready = await readyMilliseconds(evergrant);
  const urls = tenants.map((tenant) => `${evergrant.url}/api/oauth/token/${tenant}/${provider}`);
  await forAll(tenants, 16, (tenant) => evergrant.get(`/api/oauth/token/${tenant}/${provider}`));
  const p99s: number[] = [];
  for (let round = 0; round < 5; ++round)
    p99s.push((await load(urls, { key: evergrant.adminKey, clients: 8, seconds: 3, rate: 8000 })).p99);
  const before = processorSeconds(evergrant.pid);
  const databaseBefore = await house.databaseSeconds();
  const scrape = await idle(evergrant);
  const figures = { ready, p99: median(p99s), idle: processorSeconds(evergrant.pid) - before, idleDatabase: (await house.databaseSeconds()) - databaseBefore };
  console.log(`  ${connections} connections: ready in ${ready.toFixed(0)} ms, reads p99 ${figures.p99.toFixed(3)} ms at 8,000 a second (median of 5), ${(figures.idle * 1000).toFixed(0)} ms of processor time in ${idleSeconds} s with none due and /metrics scraped every ${scrapeSeconds} s, and ${(figures.idleDatabase * 1000).toFixed(0)} ms in the database; the longest scrape took ${scrape.toFixed(0)} ms`);
  return figures;
}

/** What one more cached connection weighs: memory before and after reading all that are real. */
async function weight(house: House): Promise<number> {
  const { evergrant, provider } = house;
  await evergrant.end();
  await evergrant.run();
  await evergrant.get(`/api/oauth/token/${tenants[0]}/${provider}`);
  const before = residentMegabytes(evergrant.pid);
  await forAll(tenants, 16, (tenant) => evergrant.get(`/api/oauth/token/${tenant}/${provider}`));
  return ((residentMegabytes(evergrant.pid) - before) * 1024) / real;
}

async function main(): Promise<void> {
  console.log(`machine: ${machine}; server, database and load generator share them`);
  for (const engine of engines) {
    console.log(`${engine}:`);
    const house = engine === "sqlite" ? await sqliteHouse() : await postgresHouse();
    try {
      const few = await measure(house, real);
      console.log(`  a cached connection weighs ${(await weight(house)).toFixed(1)} kB, its part of buffers and pools included`);
      await house.fill(many - real);
      const all = await measure(house, many);
      console.log(`  reads p99, ${many} against ${real}: ${(all.p99 / few.p99).toFixed(2)} times`);
    } finally {
      await house.remove();
    }
  }
}

void main();
