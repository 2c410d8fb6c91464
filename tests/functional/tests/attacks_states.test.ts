// Attack: callbacks with states that nobody was given, or that were used. 10,000 of them; none is accepted, and no provider is
// asked.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { type Answer, Evergrant } from "../support/evergrant.ts";
import { LedgerProvider } from "../support/ledger_provider.ts";
import { introduce, ledgerProvider } from "../support/ledger_scene.ts";

const tenant = "acme";
const forgeries = 10_000;
const atOnce = 50;

/** A true state with one character changed, cut, doubled or spelt otherwise; or chance. */
function forged(state: string, n: number): string {
  const at = n % state.length;
  switch (n % 6) {
    case 0: return randomBytes(32).toString("base64url");
    case 1: return state.slice(0, at) + (state[at] === "A" ? "B" : "A") + state.slice(at + 1);
    case 2: return state.slice(0, at);
    case 3: return state + state.slice(0, 1 + at);
    case 4: return state.slice(0, at) + "%00" + state.slice(at);
    default: return at % 2 === 0 ? state.split("").reverse().join("") : `${state.slice(0, at)} ${state.slice(at)}`;
  }
}

describe("a state", () => {
  let provider: LedgerProvider;
  let evergrant: Evergrant;
  before(async () => {
    provider = await LedgerProvider.start({ policy: "strictly" });
    evergrant = await Evergrant.start({
      catalog: { [`${ledgerProvider}.yaml`]: provider.catalogFile(ledgerProvider) },
      environment: { EVERGRANT_LIMITS_ADDRESS_REQUESTS_PER_SECOND: "0" },
    });
    await introduce(evergrant, ledgerProvider, [tenant]);
  });
  after(async () => {
    await evergrant?.remove();
    await provider?.stop();
  });

  const begin = async (): Promise<string> => (await evergrant.get(`/api/oauth/authorize/${tenant}?provider=${ledgerProvider}`)).body.state;
  const callback = (state: string): Promise<Answer> => evergrant.get(`/api/oauth/callback?code=${tenant}&state=${state}`, "");
  const accepted = (answer: Answer): boolean => (answer.headers.get("location") ?? "").includes("oauth=success");

  it("that was forged is refused, each of 10,000", async () => {
    const state = await begin();
    const outcomes = new Map<string, number>();
    let next = 0;

    await Promise.all(Array.from({ length: atOnce }, async () => {
      for (let n = next++; n < forgeries; n = next++) {
        const answer = await callback(forged(state, n));
        const outcome = `${answer.status} ${answer.body.error ?? answer.headers.get("location")}`;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    }));

    assert.deepEqual([...outcomes.keys()].filter((one) => !one.startsWith("400 ")), []);
    assert.equal([...outcomes.values()].reduce((sum, one) => sum + one), forgeries);
    assert.equal(provider.beginnings.length, 0);
    assert.equal(accepted(await callback(state)), true, "the true one still stands");
  });

  it("that comes fifty times at once is accepted once", async () => {
    const state = await begin();
    const before = provider.beginnings.length;

    const answers = await Promise.all(Array.from({ length: atOnce }, () => callback(state)));

    assert.equal(answers.filter(accepted).length, 1);
    assert.equal(answers.filter((one) => one.body.error === "invalid_state").length, atOnce - 1);
    assert.equal(provider.beginnings.length - before, 1);
  });

  it("that an error has spent is not worth a code any more", async () => {
    const state = await begin();
    await evergrant.get(`/api/oauth/callback?error=access_denied&state=${state}`, "");

    assert.equal((await callback(state)).body.error, "invalid_state");
  });

  it("that is given twice in one callback is refused", async () => {
    const [one, other] = [await begin(), await begin()];

    const answer = await evergrant.get(`/api/oauth/callback?code=${tenant}&state=${one}&state=${other}`, "");

    assert.equal(answer.status, 400);
  });
});
