// Many connections whose provider answers every second request by chance: none of them is declared dead, and all are well when it
// is. ANSWERS says how many faulty answers there are to be; `make misbehaviour-long` takes 100,000.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Answer, Evergrant } from "../support/evergrant.ts";
import { MisbehavingProvider } from "../support/misbehaviour/provider.ts";
import { atRandom, Dice } from "../support/misbehaviour/random.ts";
import { until } from "../support/until.ts";

const answers = Number(process.env["ANSWERS"] ?? 500);
const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
const connections = Math.min(500, Math.ceil(answers / 2));
/** Each has circuit breakers of its own. */
const providers = 20;

describe(`${answers} faulty answers, by SEED=${seed}`, () => {
  let provider: MisbehavingProvider;
  let evergrant: Evergrant;
  let given = 0;
  const ids = Array.from({ length: providers }, (_, n) => `chance${n}`);
  const all = Array.from({ length: connections }, (_, n) => ({ provider: ids[n % providers]!, tenant: `tenant${n}` }));

  before(async () => {
    provider = await MisbehavingProvider.start();
    evergrant = await Evergrant.start({
      catalog: Object.fromEntries(ids.map((id) => [`${id}.yaml`, provider.catalogFile(id, "lenient", "access_token_lifetime_seconds: 3600\n")])),
      environment: {
        EVERGRANT_REFRESH_AHEAD: "false",
        EVERGRANT_LIMITS_ADDRESS_REQUESTS_PER_SECOND: "0",
        ...Object.fromEntries(ids.flatMap((id) => [[`${id.toUpperCase()}_CLIENT_ID`, "evergrant"], [`${id.toUpperCase()}_CLIENT_SECRET`, "a secret"]])),
      },
    });
    await Promise.all(all.map(connect));
  });
  after(async () => {
    await evergrant?.remove();
    await provider?.stop();
  });

  async function connect(one: { provider: string; tenant: string }): Promise<void> {
    await evergrant.post("/api/tenants", { id: one.tenant, name: one.tenant });
    const started = await evergrant.get(`/api/oauth/authorize/${one.tenant}?provider=${one.provider}`);
    const done = await evergrant.get(`/api/oauth/callback?code=${one.tenant}&state=${encodeURIComponent(started.body.state)}`, "");
    assert.match(done.headers.get("location") ?? "", /oauth=success/);
  }

  /** A kept connection may be closed by the server just as the next request goes out on it. */
  const get = (route: string, tries = 5): Promise<Answer> =>
    evergrant.get(route).catch((error: { cause?: { code?: string } }) => {
      if (tries === 1 || !["UND_ERR_SOCKET", "ECONNRESET"].includes(error.cause?.code ?? "") || !evergrant.running()) throw error;
      return get(route, tries - 1);
    });
  let asked = 2 * 86_400;
  const refresh = (one: { provider: string; tenant: string }) => get(`/api/oauth/token/${one.tenant}/${one.provider}?minTtl=${++asked}`);
  const statusOf = async (one: { provider: string; tenant: string }): Promise<string> =>
    (await get(`/api/oauth/status/${one.tenant}?provider=${one.provider}`)).body.tokens[0].status;
  const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  it("cost no reader the token that is held", async () => {
    const dice = new Dice(seed);
    const chance = atRandom(dice);
    const lastWasFaulty = new Set<string>();
    for (const id of ids)
      provider.behave(id, async (call) => {
        const caller = call.grant;
        if (lastWasFaulty.delete(caller)) return void call.response.setHeader("content-type", "application/json").end(JSON.stringify(call.good()));
        lastWasFaulty.add(caller);
        given += 1;
        await chance(call);
      });

    await Promise.all(all.map(async (one) => {
      while (given < answers) {
        const answer = await refresh(one);
        assert.equal(answer.status, 200, JSON.stringify(answer.body));
        await pause(answer.body.degraded === true ? 200 : 0);
      }
    }));

    assert.ok(given >= answers);
  });

  it("kill no connection", async (test) => {
    test.diagnostic(`${given} faulty answers were given`);
    const statuses = await Promise.all(all.map(statusOf));

    assert.deepEqual(statuses.filter((status) => status !== "healthy" && status !== "refresh_failed"), []);
  });

  it("leave every connection well once the provider is", async () => {
    for (const id of ids) provider.behave(id);

    await Promise.all(all.map((one) => until("a good answer", async () => {
      const answer = await refresh(one);
      await pause(100);
      return answer.status === 200 && answer.body.degraded !== true && (await statusOf(one)) === "healthy";
    }, 60_000)));
  });

  it("put no refresh token into the log", () => {
    assert.doesNotMatch(evergrant.log, /refresh-\d{6}/);
  });
});
