// More callers than a server may have waiting: who is too much is told so at once and when to come again, what is in memory is
// read meanwhile, and nothing of it stays.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { after, before, describe, it } from "node:test";
import { LedgerScene, ledgerProvider } from "../support/ledger_scene.ts";
import { until } from "../support/scene.ts";

const inFlight = 50;
const flood = 800;
const waves = 6;
/** What a wave may leave behind; the buffers of a wave's sockets are more. */
const megabytes = 24;
const patience = 20_000;

interface Reply {
  status: number;
  retryAfter: string | undefined;
  error: string | undefined;
  milliseconds: number;
}

describe(`${flood} callers of a thread that lets ${inFlight} wait`, () => {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  let scene: LedgerScene;
  let release: () => void = () => {};

  before(async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, ["slow", "quick"], {
      environment: { EVERGRANT_THREADS: "1", EVERGRANT_LIMITS_REQUESTS_IN_FLIGHT: String(inFlight), EVERGRANT_REFRESH_PROVIDER_TIMEOUT_SECONDS: "30" },
    });
    assert.equal((await scene.read("quick")).status, 200);
    const held = new Promise<void>((resolve) => (release = resolve));
    scene.provider.fate = () => ({ beforeDeciding: () => held });
  });
  after(async () => {
    release();
    agent.destroy();
    await scene.clear();
  });

  /** Each on a connection of its own if no other is free. */
  function read(tenant: string, query = ""): Promise<Reply> {
    const begun = performance.now();
    return new Promise((resolve, reject) => {
      const asked = request(`${scene.evergrant.url}/api/oauth/token/${tenant}/${ledgerProvider}${query}`, { agent, headers: { authorization: `Bearer ${scene.evergrant.adminKey}` }, signal: AbortSignal.timeout(patience) }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const body = JSON.parse(Buffer.concat(chunks).toString());
          resolve({ status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"], error: body.error, milliseconds: performance.now() - begun });
        });
      });
      asked.on("error", reject);
      asked.end();
    });
  }

  /** One for whom a refresh is needed, which the provider does not answer. */
  const wait = (): Promise<Reply> => read("slow", "?minTtl=90000");

  function resident(): number {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${scene.evergrant.pid}/status`, "utf8"))?.[1]) / 1024;
  }

  it("are told 503 with Retry-After beyond those, memory stays, reads go on, and service is good right after", async () => {
    const waiting = Array.from({ length: inFlight }, wait);
    await until("the refresh", async () => scene.provider.ledger.length > 0);

    const refused: Reply[] = [];
    const sizes: number[] = [];
    for (let wave = 0; wave < waves; ++wave) {
      refused.push(...(await Promise.all(Array.from({ length: flood }, wait))));
      sizes.push(resident());
    }
    const cached = await read("quick");
    release();
    const answered = await Promise.all(waiting);
    const afterwards = await Promise.all(Array.from({ length: inFlight }, () => read("slow")));

    assert.deepEqual([...new Set(refused.map((one) => `${one.status} ${one.error}`))], ["503 overloaded"]);
    assert.ok(refused.every((one) => Number(one.retryAfter) >= 1), "without Retry-After");
    assert.equal(cached.status, 200);
    assert.deepEqual([...new Set(answered.map((one) => one.status))], [200]);
    assert.deepEqual([...new Set(afterwards.map((one) => one.status))], [200]);
    const [first = NaN, last = NaN] = [sizes[0], sizes.at(-1)];
    console.log(`overload: ${refused.length} refused, ${sizes.map((size) => size.toFixed(0)).join(", ")} MB, then reads in ${Math.max(...afterwards.map((one) => one.milliseconds)).toFixed(0)} ms at most`);
    assert.ok(last - first < megabytes, `${first} MB after the first wave, ${last} MB after the last`);
    assert.ok(afterwards.every((one) => one.milliseconds < 1000), "service is slow afterwards");
    assert.equal(scene.provider.ledger.length, 1);
  });
});
