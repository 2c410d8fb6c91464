// What the whole server does, measured from outside: how soon it is ready, what 10,000 connections weigh, how long a read
// takes at half of the peak, and how many refreshes a second it makes durable. Figures are of this machine and this moment.
import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { LedgerScene, ledgerProvider } from "../tests/functional/support/ledger_scene.ts";
import { forAll, load, machine, processorSeconds, residentMegabytes, unlimited as environment } from "./load.ts";

const connections = Number(process.env["CONNECTIONS"] ?? "10000");
const auditWritten = 6_000; // events are written within 5 s
const tenants = Array.from({ length: connections }, (_, index) => `tenant-${index}`);

async function readyIn(scene: LedgerScene): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 5; ++i) {
    await scene.evergrant.end();
    const begun = performance.now();
    await scene.evergrant.run();
    await scene.evergrant.get("/readyz", "");
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[2] ?? NaN;
}

/** The 99th percentile, in milliseconds, of reads at half of the peak rate. */
async function latencyAtHalfPeak(scene: LedgerScene): Promise<{ peak: number; p99: number }> {
  const urls = [`${scene.evergrant.url}/api/oauth/token/${tenants[0]}/${ledgerProvider}`];
  const reading = { key: scene.evergrant.adminKey, clients: 16 };
  const peak = (await load(urls, { ...reading, seconds: 3 })).perSecond;
  return { peak, p99: (await load(urls, { ...reading, seconds: 5, rate: peak / 2 })).p99 };
}

interface Refreshing {
  perSecond: number;
  /** Processors that the server was on, on average, and that this process was on: all callers, and the provider. */
  server: number;
  driver: number;
}

/** Everybody's token expires; everybody asks: refreshes a second until the last is answered. */
async function refreshAll(scene: LedgerScene): Promise<Refreshing> {
  const used = () => [scene.evergrant.pid, process.pid].map(processorSeconds);
  const presented = scene.provider.ledger.length;
  const before = used();
  const begun = performance.now();
  await forAll(tenants.slice(0, 5000), 128, (tenant) => scene.refresh(tenant));
  const seconds = (performance.now() - begun) / 1000;
  const [server = NaN, driver = NaN] = used().map((after, index) => (after - (before[index] ?? NaN)) / seconds);
  return { perSecond: (scene.provider.ledger.length - presented) / seconds, server, driver };
}

/** What held the rate down, as far as these two processes tell: node runs a program's own code on one processor. */
function limitOf({ server, driver }: Refreshing): string {
  if (server + driver > 0.9 * cpus().length) return "all processors were busy";
  return driver > 0.9 ? "this process was the limit, not the server" : "neither was busy all the time: the disk was the limit, or what else this machine does";
}

async function main(): Promise<void> {
  const scene = await LedgerScene.set({ policy: "strictly" }, [], { environment }, 7200);
  try {
    console.log(`machine: ${machine}; load generator, provider and server share them`);
    await forAll(tenants, 64, async (id) => {
      await scene.evergrant.post("/api/tenants", { id, name: id });
      await scene.connect(id);
    });
    console.log(`ready after a restart with ${connections} connections: ${(await readyIn(scene)).toFixed(0)} ms (median of 5, answer of /readyz included)`);
    await forAll(tenants, 64, (tenant) => scene.read(tenant));
    await sleep(auditWritten);
    console.log(`resident with ${connections} connections, each read once and told of in the audit log: ${residentMegabytes(scene.evergrant.pid).toFixed(1)} MB`);
    const { peak, p99 } = await latencyAtHalfPeak(scene);
    console.log(`reads: peak ${peak.toFixed(0)} a second; at half of that p99 ${p99.toFixed(2)} ms`);
    const refreshing = await refreshAll(scene);
    console.log(`refreshes, durable, rotating: ${refreshing.perSecond.toFixed(0)} a second; the server took ${refreshing.server.toFixed(2)} processors, and the one node process that is the provider and all callers ${refreshing.driver.toFixed(2)}: ${limitOf(refreshing)}`);
  } finally {
    await scene.clear();
  }
}

void main();
