// Every kind of misbehaviour at the token endpoint, measured, is what docs/providers-behaving-badly.md says. With
// REWRITE_DOCUMENTS=1 the document is made to say what was measured.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Evergrant } from "../support/evergrant.ts";
import { HttpSink } from "../support/http_sink.ts";
import { bodies, lifetimes, tokens } from "../support/misbehaviour/bodies.ts";
import { Elsewhere } from "../support/misbehaviour/elsewhere.ts";
import type { Group, Misbehaviour } from "../support/misbehaviour/kinds.ts";
import { Subject, tenant, type Measured } from "../support/misbehaviour/measuring.ts";
import { MisbehavingProvider } from "../support/misbehaviour/provider.ts";
import { cuts, lost, sockets } from "../support/misbehaviour/sockets.ts";
import { errors, redirects, statuses, throttled } from "../support/misbehaviour/statuses.ts";
import { table, withMeasured } from "../support/misbehaviour/table.ts";

const document = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../docs/providers-behaving-badly.md");
const atOnce = 24;

/** Does `work` for each, some at once. */
async function eachOf<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

describe("a provider that misbehaves at its token endpoint", () => {
  let provider: MisbehavingProvider;
  let canary: HttpSink;
  let elsewhere: Elsewhere;
  let evergrant: Evergrant;
  let groups: Group[];
  const measured = new Map<Misbehaviour, Measured>();
  const pieces = cuts();

  before(async () => {
    provider = await MisbehavingProvider.start();
    canary = await HttpSink.start();
    elsewhere = await Elsewhere.start(Number(new URL(provider.url).port));
    groups = [statuses, throttled, errors, redirects(`${canary.url}/token`), bodies, lifetimes, tokens, sockets, lost];
    // Those that let us wait come first, so that others are measured meanwhile.
    const all = [...sockets.rows, ...groups.filter((group) => group !== sockets).flatMap((group) => group.rows), ...pieces];
    await measureAll(all);
  });
  after(async () => {
    await evergrant?.remove();
    elsewhere?.stop();
    await canary?.stop();
    await provider?.stop();
  });

  async function measureAll(all: Misbehaviour[]): Promise<void> {
    const ids = new Map(all.map((one, n) => [one, `row${n}`]));
    const environment: Record<string, string> = {
      EVERGRANT_REFRESH_AHEAD: "false",
      EVERGRANT_REFRESH_PROVIDER_TIMEOUT_SECONDS: "4",
      EVERGRANT_REFRESH_LEASE_SECONDS: "8",
      EVERGRANT_LIMITS_ADDRESS_REQUESTS_PER_SECOND: "0",
    };
    const moved: Record<string, string> = {};
    for (const [one, id] of ids) {
      environment[`${id.toUpperCase()}_CLIENT_ID`] = "evergrant";
      environment[`${id.toUpperCase()}_CLIENT_SECRET`] = "a secret";
      if (one.elsewhere !== undefined) moved[`${id.toUpperCase()}_TOKEN_URL`] = elsewhere.url(one.elsewhere);
    }
    const catalog = Object.fromEntries([...ids].map(([one, id]) => [`${id}.yaml`, provider.catalogFile(id, one.memory ?? "lenient")]));
    evergrant = await Evergrant.start({ catalog, environment });
    assert.equal((await evergrant.post("/api/tenants", { id: tenant, name: tenant })).status, 201);
    const subjects = [...ids].map(([one, id]) => new Subject(id, one, evergrant, provider));
    await eachOf(subjects, (subject) => subject.connect());
    await restarted(moved);
    await eachOf(subjects, async (subject) => {
      const found = await subject.measure();
      measured.set(subject.misbehaviour, found);
      if (subject.misbehaviour.elsewhere === undefined) await subject.recover(found);
    });
    await restarted({});
    await eachOf(subjects.filter((subject) => subject.misbehaviour.elsewhere !== undefined),
      (subject) => subject.recover(measured.get(subject.misbehaviour)!));
  }

  async function restarted(moved: Record<string, string>): Promise<void> {
    assert.deepEqual(await evergrant.end("SIGTERM"), { code: 0, signal: null });
    await evergrant.run(moved);
  }

  it("is what the document says", () => {
    const rows = groups.map((group) => ({ title: group.title, rows: group.rows.map((one) => ({ says: one.says, cells: measured.get(one)! })) }));
    const text = readFileSync(document, "utf8");
    const renewed = withMeasured(text, table(rows));

    if (process.env["REWRITE_DOCUMENTS"] === "1") writeFileSync(document, renewed);

    assert.equal(process.env["REWRITE_DOCUMENTS"] === "1" ? renewed : text, renewed);
  });

  it("does no more harm by breaking off behind any byte of its answer", () => {
    const found = new Set(pieces.map((one) => JSON.stringify(measured.get(one))));
    const broken = sockets.rows.find((one) => one.says === "reset without a byte")!;

    assert.deepEqual([...found], [JSON.stringify(measured.get(broken))]);
  });

  it("kills no connection but by invalid_grant", () => {
    const dead = [...measured].filter(([, found]) => found.connection === "`invalid`").map(([one]) => one.says);

    assert.deepEqual(dead.sort(), ["200, `invalid_grant`", "400, `invalid_grant`", "401, `invalid_grant`"]);
  });

  it("takes no secret to another origin, or to a server that is not trusted", () => {
    assert.deepEqual([canary.received.length, elsewhere.trusted.requests], [0, 0]);
  });
});
