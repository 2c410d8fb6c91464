// The judge of histories, judged: made-up histories that are wrong in each way it must catch, and right ones beside them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judge } from "./checker.ts";
import type { Began, Harm, HistoryEvent, Presented, Read, Verdict, Withdrawal } from "./events.ts";

const began = (tenant: string, order: number, at: number): Began => ({ kind: "began", provider: "p", grant: tenant, at, issued: `${tenant}-${order}`, order });

/** A presentation of `tenant`'s refresh token `spent`, from `at` for 100 ms, that brings access token `order`. */
const presented = (tenant: string, spent: number, order: number, at: number, more: Partial<Presented> = {}): Presented => ({
  kind: "presented", provider: "p", grant: tenant, refreshToken: `${tenant}-r${spent}`, at, outcome: "granted", answered: "whole",
  from: "a", epoch: 1, issued: `${tenant}-${order}`, order, endedAt: at + 100, ...more,
});
const refused = (tenant: string, spent: number, at: number): Presented => {
  const { issued: _, order: __, ...rest } = presented(tenant, spent, 0, at);
  return { ...rest, outcome: "invalid_grant" };
};
const read = (replica: string, tenant: string, token: string, begun: number, ended = begun + 10): Read => ({ kind: "read", replica, tenant, begun, ended, status: 200, token });
const harm = (what: string, parts: string[], begun: number, ended: number): Harm => ({ kind: "harm", what, parts, begun, ended });
const withdrawal = (replica: string, tenant: string, begun: number): Withdrawal => ({ kind: "withdrawal", replica, tenant, begun, ended: begun + 50 });
const verdict = (tenant: string, alive: boolean): Verdict => ({ kind: "verdict", tenant, alive, story: "invalid" });

/** The provider was stopped while a second presentation was on its way. */
const late = [began("t", 1, 0), presented("t", 1, 2, 1000), presented("t", 1, 3, 1001, { from: "b", answered: "nothing", endedAt: 1002 }), harm("stop", ["provider"], 500, 999)];

interface Case {
  name: string;
  events: HistoryEvent[];
  strict?: string[];
  stays?: string[];
  broken: string[];
}

const once = [began("t", 1, 0), presented("t", 1, 2, 1000)];
const twice = [...once, presented("t", 1, 3, 2000, { from: "b" })];
/** Of each a second presentation by a replica that slept from before the first. */
const lateOf = (...tenants: string[]): HistoryEvent[] => [
  ...tenants.flatMap((tenant) => [began(tenant, 1, 0), presented(tenant, 1, 2, 1000), presented(tenant, 1, 3, 2000, { from: "b" })]),
  harm("stop", ["b"], 900, 1900),
];
const dead = [began("t", 1, 0), presented("t", 1, 2, 1000, { answered: "nothing" }), refused("t", 1, 3000), verdict("t", false)];

const cases: Case[] = [
  { name: "a refresh token presented once is right", events: [...once, verdict("t", true)], broken: [] },
  { name: "a refresh token presented twice, the first answer there", events: twice, broken: ["presented_twice"] },
  { name: "twice, the first answer lost", events: [began("t", 1, 0), presented("t", 1, 2, 1000, { answered: "half" }), presented("t", 1, 3, 2000)], broken: [] },
  { name: "twice, the first answered by a failure", events: [began("t", 1, 0), presented("t", 1, 2, 1000, { outcome: "failed" }), presented("t", 1, 3, 2000)], broken: [] },
  { name: "twice, the first replica killed before it wrote", events: [...twice, harm("kill", ["a"], 1101, 1500)], broken: [] },
  { name: "twice, the store away when it would have written", events: [...twice, harm("kill", ["postgres1"], 1101, 1500)], broken: [] },
  { name: "twice, another replica than the first killed", events: [...twice, harm("kill", ["c"], 1101, 1500)], broken: ["presented_twice"] },
  { name: "twice, the harm long over before the first", events: [began("t", 1, 0), presented("t", 1, 2, 10_000), presented("t", 1, 3, 20_000, { from: "b" }), harm("kill", ["a"], 100, 900)], broken: ["presented_twice"] },
  { name: "twice, the second by a replica that slept from before the first", events: [...twice, harm("stop", ["b"], 900, 1900)], broken: [] },
  { name: "that twice in a history", events: lateOf("t", "u"), broken: [] },
  { name: "that three times in a history, the first answers lost", events: lateOf("t", "u", "v").map((event) => (event.kind === "presented" && event.from === "a" ? { ...event, answered: "nothing" } : event)), broken: [] },
  { name: "that three times in a history", events: lateOf("t", "u", "v"), broken: ["sent_late"] },
  { name: "twice, the second by a replica that slept after the first", events: [...twice, harm("stop", ["b"], 1100, 1900)], broken: ["presented_twice"] },
  { name: "twice, the harm long after the first was written", events: [...once, presented("t", 1, 3, 60_000), harm("kill", ["a"], 50_000, 51_000)], broken: ["presented_twice"] },
  { name: "twice because of a skewed clock", events: [...twice, harm("clock", ["a"], 500, 3000)], broken: ["presented_twice"] },
  { name: "twice because Redis died", events: [...twice, harm("kill", ["redis"], 500, 3000)], broken: ["presented_twice"] },
  { name: "two presentations under way at once", events: [began("t", 1, 0), presented("t", 1, 2, 1000, { endedAt: 5000, answered: "nothing" }), presented("t", 1, 3, 2000, { from: "b" })], broken: ["presented_at_once"] },
  { name: "at once, the store harmed and the first replica well", events: [began("t", 1, 0), presented("t", 1, 2, 1000, { endedAt: 5000, answered: "nothing" }), presented("t", 1, 3, 2000, { from: "b" }), harm("kill", ["postgres1"], 900, 3000)], broken: ["presented_at_once"] },
  { name: "at once, the first replica cut off from the provider", events: [began("t", 1, 0), presented("t", 1, 2, 1000, { endedAt: 5000, answered: "nothing" }), presented("t", 1, 3, 2000, { from: "b" }), harm("cut", ["a", "provider"], 900, 3000)], broken: [] },
  { name: "a refresh token that does not rotate, presented often", events: twice, stays: ["t"], broken: [] },
  { name: "a grant lost in doubt at a strict provider", events: dead, strict: ["t"], broken: [] },
  { name: "a grant lost in doubt at a provider with grace", events: dead, broken: ["grant_lost", "grant_lost"] },
  { name: "a grant lost at a strict provider for no reason", events: [...once, verdict("t", false)], strict: ["t"], broken: ["grant_lost"] },
  { name: "a newer refresh token refused after the one before came twice in doubt", events: [...late, refused("t", 2, 3000), verdict("t", false)], strict: ["t"], broken: [] },
  { name: "the same at a provider with grace, and the grant lives on", events: [...late, refused("t", 2, 3000), presented("t", 1, 4, 3200), verdict("t", true)], broken: [] },
  { name: "the same at a provider with grace, and the grant is lost", events: [...late, refused("t", 2, 3000), verdict("t", false)], broken: ["grant_lost"] },
  { name: "a refusal that nobody heard, and the grant lives on", events: [...late, { ...refused("t", 1, 3000), answered: "nothing" }, verdict("t", true)], broken: [] },
  { name: "a newer refresh token refused before the one before came twice", events: [...once, refused("t", 2, 1200), presented("t", 1, 3, 2000), harm("stop", ["provider"], 900, 1100)], strict: ["t"], broken: ["grant_lost"] },
  { name: "a refresh token refused that nobody presented before", events: [began("t", 1, 0), refused("t", 1, 3000)], strict: ["t"], broken: ["grant_lost"] },
  { name: "a replica that calls a living grant dead", events: [...once, { kind: "read", replica: "a", tenant: "t", begun: 2000, ended: 2010, status: 409, error: "reauthorization_required" }], broken: ["grant_lost"] },
  { name: "a grant lost because its token came twice", events: [...once, refused("t", 1, 3000), verdict("t", false)], strict: ["t"], broken: ["presented_twice", "grant_lost"] },
  { name: "an older token after a newer one on one replica", events: [...once, read("b", "t", "t-2", 2000), read("b", "t", "t-1", 2100)], broken: ["older_token"] },
  { name: "an older token after a newer one on another replica", events: [...once, read("b", "t", "t-2", 2000), read("c", "t", "t-1", 2100)], broken: [] },
  { name: "an older token to one who asked before the newer one was there", events: [...once, read("b", "t", "t-2", 2000), read("b", "t", "t-1", 1990, 2100)], broken: [] },
  { name: "a token of a replaced grant", events: [...once, began("t", 3, 3000), read("b", "t", "t-3", 3100), read("b", "t", "t-2", 3200)], broken: ["older_token"] },
  { name: "a token after the replica said that it is withdrawn", events: [...once, withdrawal("a", "t", 3000), read("a", "t", "t-2", 3100)], broken: ["withdrawn_token"] },
  { name: "a token of a new grant after a withdrawal", events: [...once, withdrawal("a", "t", 3000), began("t", 3, 3100), read("a", "t", "t-3", 3200)], broken: [] },
  { name: "a token after another replica said that it is withdrawn", events: [...once, withdrawal("b", "t", 3000), read("a", "t", "t-2", 3100)], broken: [] },
  { name: "another tenant's token", events: [...once, began("u", 3, 0), read("a", "u", "t-2", 2000)], broken: ["foreign_token"] },
  { name: "a token that nobody issued", events: [...once, read("a", "t", "t-9", 2000)], broken: ["unknown_token"] },
];

describe("the checker of histories", () => {
  for (const { name, events, strict = [], stays = [], broken } of cases)
    it(`${broken.length > 0 ? "finds" : "accepts"} ${name}`, () => {
      const judgement = judge({ strict, stays, events });

      assert.deepEqual(judgement.violations.map((one) => one.rule), broken, JSON.stringify(judgement.violations));
    });
});
