// A history in the manner of Jepsen: a fleet works while its parts are stopped, killed, cut off, promoted, stalled and told
// wrong times, and what it did is judged by the provider's ledger. The quick form takes about a minute and a half.
//
//   HISTORY_SEED=17 tests/fault/run.sh quick     the same harms in the same order as the run that printed this seed
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { noClocks } from "../support/clock.ts";
import { Fleet } from "../support/fleet.ts";
import { noPostgres } from "../support/postgres.ts";
import { judge } from "./checker.ts";
import type { History, HistoryEvent } from "./events.ts";
import { Nemesis } from "./nemesis.ts";
import { Random } from "./random.ts";
import { type Tenant, Workload } from "./workload.ts";

const long = process.env["FAULT_FORM"] === "long";
const form = long ? { harms: 500, refreshes: 10_000, tenants: 150 } : { harms: 25, refreshes: 0, tenants: 30 };
const seed = Number(process.env["HISTORY_SEED"] ?? Math.floor(Math.random() * 1_000_000));

/** Most rotate with grace, which must never be lost; some strictly, which are lost only in doubt; some do not rotate. */
const rotations = {
  grace: { policy: "with_grace", graceSeconds: 600 },
  strict: { policy: "strictly" },
  static: { policy: "static" },
} as const;
const providerOf = (index: number) => (index % 5 === 3 ? "strict" : index % 5 === 4 ? "static" : "grace");

const environment = {
  EVERGRANT_REFRESH_PROVIDER_TIMEOUT_SECONDS: "2",
  EVERGRANT_REFRESH_LEASE_SECONDS: "6",
  EVERGRANT_DATABASE_TIMEOUT_SECONDS: "3",
  EVERGRANT_FLEET_TRUST_SECONDS: "2",
  EVERGRANT_FLEET_TRUST_WITH_NEWS_SECONDS: "10",
  EVERGRANT_LIMITS_ADDRESS_REQUESTS_PER_SECOND: "0",
};

describe(`a fleet under ${form.harms} harms`, { skip: noPostgres }, () => {
  const tenants: Tenant[] = Array.from({ length: form.tenants }, (_, index) => ({ id: `tenant${index}`, provider: providerOf(index) }));
  const random = new Random(seed);
  let fleet: Fleet;
  let workload: Workload;

  before(async () => {
    if (noClocks !== "") console.log(noClocks);
    fleet = await Fleet.start({ rotations, treatment: { expiresIn: 6, delay: 20, failing: 0.01, losing: 0.01 }, pair: true, pooled: ["a", "b"], redis: true, clocked: true, environment });
    workload = new Workload(fleet, tenants, random);
    for (const provider of fleet.ledger.providers)
      await fleet.connect(provider, tenants.filter((tenant) => tenant.provider === provider).map((tenant) => tenant.id));
  });
  after(() => fleet?.remove());

  it(`spends no refresh token twice, loses no grant, serves no dead token (seed ${seed})`, async () => {
    const begun = Date.now();
    const nemesis = new Nemesis(fleet, new Random(seed + 1));

    workload.begin(long ? 8 : 4, 20);
    await nemesis.harm(form.harms);
    while (granted() < form.refreshes) await nemesis.harm(10);
    await workload.end();
    const unsettled = await workload.settle().then(() => [], (error: unknown) => [String(error)]);

    const history: History = {
      strict: tenants.filter((one) => one.provider === "strict").map((one) => one.id),
      stays: tenants.filter((one) => one.provider === "static").map((one) => one.id),
      events: [...workload.events, ...nemesis.harms, ...ledgerEvents()],
    };
    const { violations, ...figures } = judge(history);
    const seconds = Math.round((Date.now() - begun) / 1000);
    console.log(`history: seed ${seed}, ${seconds} s, ${JSON.stringify({ ...figures, violations: violations.length })}`);
    const wrong = [...nemesis.failures, ...unsettled, ...violations.map((one) => `${one.rule}: ${one.story}`)];
    assert.equal(wrong.length, 0, wrong.length === 0 ? "" : complaint(wrong, history));
    assert.ok(figures.refreshes > 0 && figures.readsAnswered > 0, "nothing happened");
    assert.ok(figures.refreshes >= form.refreshes, `only ${figures.refreshes} refreshes were granted`);
  });

  function granted(): number {
    return fleet.ledger.presentations.filter((one) => one.outcome === "granted").length;
  }

  function ledgerEvents(): HistoryEvent[] {
    const { presentations, beginnings } = fleet.ledger;
    return [...presentations.map((one) => ({ kind: "presented", ...one }) as const), ...beginnings.map((one) => ({ kind: "began", ...one }) as const)];
  }

  /** Keeps the history and the replicas' logs, and says where and how to run it again. */
  function complaint(wrong: string[], history: History): string {
    const folder = path.join(tmpdir(), `evergrant-history-${seed}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "history.jsonl"), history.events.map((event) => JSON.stringify(event)).join("\n"));
    for (const replica of fleet.replicas) writeFileSync(path.join(folder, `${replica.name}.log`), replica.evergrant.log);
    return `${wrong.slice(0, 20).join("\n")}\nHISTORY_SEED=${seed} tests/fault/run.sh ${long ? "long" : "quick"} runs these harms again; what happened is in ${folder}`;
  }
});
