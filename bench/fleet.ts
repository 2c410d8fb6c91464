// One, two and three replicas on one PostgreSQL and one Redis: reads and refreshes a second, and round trips to the database
// for each refresh, which PostgreSQL itself counts: a batch is one transaction; and what a refresh leaves in the audit log. All
// parts share this machine's cores, so more
// replicas are no faster here; what is shown is that they do not get in each other's way.
import { Fleet } from "../tests/fault/support/fleet.ts";
import { forAll, load, machine, unlimited } from "./load.ts";

const provider = "strict";
const count = Number(process.env["CONNECTIONS"] ?? "3000");
const tenants = Array.from({ length: count }, (_, index) => `tenant-${index}`);
const names = ["a", "b", "c"];

async function transactions(fleet: Fleet): Promise<number> {
  // A backend that is idle reports what it has done within ten seconds.
  await new Promise((resolve) => setTimeout(resolve, 11_000));
  return Number(await fleet.postgres.sql("select xact_commit from pg_stat_database where datname = current_database()"));
}

async function reads(fleet: Fleet): Promise<number> {
  const some = tenants.slice(0, 200);
  const measured = await Promise.all(fleet.replicas.map(async ({ evergrant }) => {
    const urls = some.map((tenant) => `${evergrant.url}/api/oauth/token/${tenant}/${provider}`);
    await load(urls, { key: evergrant.adminKey, clients: 8, seconds: 1 });
    return (await load(urls, { key: evergrant.adminKey, clients: 8, seconds: 4 })).perSecond;
  }));
  return measured.reduce((sum, one) => sum + one, 0);
}

/** Bytes of write-ahead log so far: what a standby must be sent. */
async function logged(fleet: Fleet): Promise<number> {
  return Number(await fleet.postgres.sql("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"));
}

interface Audit {
  rows: number;
  bytes: number;
}

/** The audit log with its indexes. */
async function audit(fleet: Fleet): Promise<Audit> {
  const rows = Number(await fleet.postgres.sql("select count(*) from audit_events"));
  return { rows, bytes: Number(await fleet.postgres.sql("select pg_total_relation_size('audit_events')")) };
}

/** Everybody asks for more life than a token has, and than was asked for before; each tenant at one replica. */
async function refresh(fleet: Fleet, minTtl: number): Promise<void> {
  await forAll(tenants, 96, async (tenant) => {
    const replica = fleet.replica(Number(tenant.split("-")[1]) % fleet.replicas.length);
    const { status } = await replica.read(tenant, provider, { minTtl, limit: 60_000 });
    if (status !== 200) throw new Error(`${tenant}: ${status}`);
  });
}

interface Refreshes {
  perSecond: number;
  roundTrips: number;
  /** Bytes of write-ahead log of each. */
  log: number;
  auditRows: number;
  /** Of each row of the audit log. */
  auditBytes: number;
}

async function refreshes(fleet: Fleet): Promise<Refreshes> {
  // The first time a replica has to do with a tenant it learns its data key; what is measured comes after.
  await refresh(fleet, 7200);
  const before = await transactions(fleet);
  const logBefore = await logged(fleet);
  const auditBefore = await audit(fleet);
  const presented = fleet.ledger.presentations.length;
  const begun = performance.now();
  await refresh(fleet, 7300);
  const seconds = (performance.now() - begun) / 1000;
  await fleet.ledger.catchUp();
  const refreshed = fleet.ledger.presentations.length - presented;
  const log = ((await logged(fleet)) - logBefore) / refreshed;
  const roundTrips = ((await transactions(fleet)) - before) / refreshed;
  const { rows, bytes } = await audit(fleet);
  return { perSecond: refreshed / seconds, roundTrips, log, auditRows: (rows - auditBefore.rows) / refreshed, auditBytes: bytes / rows };
}

async function main(): Promise<void> {
  console.log(`machine: ${machine}; replicas, PostgreSQL, Redis, provider and load generators share them; ${count} connections`);
  for (let replicas = 1; replicas <= names.length; ++replicas) {
    const environment = { ...unlimited, EVERGRANT_REFRESH_AHEAD: "false", EVERGRANT_THREADS: "1" };
    const fleet = await Fleet.start({ rotations: { [provider]: { policy: "strictly" } }, treatment: { expiresIn: 3600 }, replicas: names.slice(0, replicas), redis: true, environment });
    try {
      await fleet.connect(provider, tenants);
      const { perSecond, roundTrips, log, auditRows, auditBytes } = await refreshes(fleet);
      console.log(`${replicas} replica${replicas > 1 ? "s" : ""}: ${(await reads(fleet)).toFixed(0)} reads a second, ${perSecond.toFixed(0)} refreshes a second, ${roundTrips.toFixed(2)} round trips to the database and ${log.toFixed(0)} bytes of its log for each, which leaves ${auditRows.toFixed(2)} rows (its own, and the read's that asked for it) of ${auditBytes.toFixed(0)} bytes with their indexes in the audit log`);
    } finally {
      await fleet.remove();
    }
  }
}

void main();
