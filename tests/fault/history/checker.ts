// Judges a history. Pure: events in, violations and figures out.
//
// What must hold:
// - No refresh token is presented twice, except in doubt: the first answer was lost, or the replica that presented it, its
//   way to the provider or its way to the store was harmed before it could write the answer; and except by a replica that
//   was stopped just before it sent. Skewed clocks and a dead Redis are no excuse. What is promised is that no such replica
//   sends, but for a stop within a few instructions (docs/consistency.md): twice in a history that may be, not more often.
// - Two presentations of one refresh token are never under way at once, unless the first one's replica could not know.
// - A grant is lost only at a provider that rotates strictly, and only in doubt.
// - A replica that has answered with a token never answers with an older one, nor with one of a grant that it said was
//   withdrawn; nor does any replica answer with another tenant's token or one that no provider issued.
import type { Began, Harm, History, Presented, Read, Verdict, Withdrawal } from "./events.ts";

export interface Violation {
  rule: "presented_twice" | "presented_at_once" | "grant_lost" | "older_token" | "withdrawn_token" | "foreign_token" | "unknown_token" | "sent_late";
  at: number;
  story: string;
}

export interface Judgement {
  violations: Violation[];
  harms: number;
  /** Granted refreshes; of refresh tokens that rotate, each stands for a new one. */
  refreshes: number;
  retriesInDoubt: number;
  /** Presentations by a replica that had slept, which nothing else excuses. */
  sentLate: number;
  lostInDoubt: number;
  reads: number;
  readsAnswered: number;
}

interface Issue {
  tenant: string;
  /** The number of its grant among the tenant's. */
  epoch: number;
  order: number;
}

/** Harms to these count as harms to the store's side of every replica. */
const isStore = (part: string) => part.startsWith("postgres") || part === "pgbouncer";

export function judge(history: History): Judgement {
  const of = <Kind extends string>(kind: Kind) => history.events.filter((event): event is Extract<(typeof history.events)[number], { kind: Kind }> => event.kind === kind);
  const harms: Harm[] = of("harm");
  const presented: Presented[] = of("presented").sort((a, b) => a.at - b.at);
  const reads: Read[] = of("read");
  const strict = new Set(history.strict);
  const repeated = judgePresentations(presented, harms, history);
  const issues = issuesOf(of("began"), presented);
  const lost = judgeGrants(of("verdict").filter((one) => !repeated.late.has(one.tenant) || !strict.has(one.tenant)), presented, repeated.doubts, strict);
  const mourned = reads.filter((one) => one.error === "reauthorization_required" && !strict.has(one.tenant));
  for (const one of mourned) lost.violations.push({ rule: "grant_lost", at: one.begun, story: `${one.replica} says that ${one.tenant} must authorize again` });
  return {
    violations: [...repeated.violations, ...lost.violations, ...judgeReads(reads, of("withdrawal"), issues, of("began"))].sort((a, b) => a.at - b.at),
    harms: harms.length,
    refreshes: presented.filter((one) => one.outcome === "granted").length,
    retriesInDoubt: repeated.inDoubt,
    sentLate: repeated.sentLate,
    lostInDoubt: lost.inDoubt,
    reads: reads.length,
    readsAnswered: reads.filter((one) => one.status === 200).length,
  };
}

function groupBy<Item>(items: Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** How long a replica may take to write an answer that has come. */
const writing = 10_000;

/** How often a stop may fall between the last look at the lease and the bytes' leaving. */
const lateAtMost = 2;

/** How long a harm is felt after its end: what hung must run again, and what was cut off is sent again ever more seldom. */
const felt = (harm: Harm) => harm.ended + 2000 + (harm.what === "cut" ? harm.ended - harm.begun : 0);

const overlaps = (harm: Harm, begun: number, ended: number) => harm.begun <= ended && felt(harm) >= begun;

/** Whether the replica that presented may have been kept from learning the answer or from writing it, before `by`. */
function mayBeInDoubt(first: Presented, by: number, harms: Harm[]): boolean {
  if (first.outcome === "failed" || first.answered !== "whole") return true;
  const written = Math.min(by, (first.endedAt ?? by) + writing);
  return harms.some((harm) => harm.what !== "clock" && overlaps(harm, first.at, written) && harm.parts.some((part) => part === first.from || part === "provider" || isStore(part)));
}

/** Whether it was sent by a replica that slept, awake again since a moment, from before another presented: one that is stopped
 * after its last look at the lease and before the bytes leave cannot know. docs/consistency.md says so. */
function mayBeLate(again: Presented, first: Presented, harms: Harm[]): boolean {
  return again.from !== first.from && harms.some((harm) => harm.what === "stop" && harm.parts.includes(again.from) && harm.begun <= first.at && overlaps(harm, again.at, again.at));
}

/** Whether its replica cannot have known that its presentation was still under way. */
function mayBeUnderWay(first: Presented, by: number, harms: Harm[]): boolean {
  return harms.some((harm) => harm.what !== "clock" && overlaps(harm, first.at, by) && harm.parts.some((part) => part === first.from || part === "provider"));
}

/** When a refresh token of a grant first came twice in doubt, by grant and epoch. */
type Doubts = Map<string, number>;

const epochOf = (one: Presented) => `${one.grant} ${one.epoch}`;

/** Whether the grant's newer refresh tokens may have ended before this one was presented: the provider has answered two. */
const wasInDoubt = (one: Presented, doubts: Doubts) => (doubts.get(epochOf(one)) ?? Infinity) <= one.at;

function judgePresentations(presented: Presented[], harms: Harm[], history: History): { violations: Violation[]; inDoubt: number; late: Set<string>; sentLate: number; doubts: Doubts } {
  const violations: Violation[] = [];
  const doubts: Doubts = new Map();
  const late = new Set<string>();
  let inDoubt = 0;
  let sentLate = 0;
  for (const [refreshToken, all] of groupBy(presented, (one) => `${one.provider} ${one.refreshToken}`)) {
    if (history.stays.includes(all[0]?.grant ?? "")) continue;
    for (const [index, again] of all.entries()) {
      const first = all[index - 1];
      if (first === undefined) continue;
      const story = `${again.grant}: ${refreshToken} by ${first.from} at ${first.at} (${first.outcome}, answered ${first.answered}), by ${again.from} at ${again.at}`;
      const atOnce = again.at < (first.endedAt ?? Infinity) && !mayBeUnderWay(first, again.at, harms);
      if (!atOnce && mayBeInDoubt(first, again.at, harms)) {
        ++inDoubt;
        doubts.set(epochOf(again), Math.min(again.at, doubts.get(epochOf(again)) ?? Infinity));
      } else if (!mayBeLate(again, first, harms)) violations.push({ rule: atOnce ? "presented_at_once" : "presented_twice", at: again.at, story });
      else {
        late.add(again.grant);
        if (++sentLate > lateAtMost) violations.push({ rule: "sent_late", at: again.at, story });
      }
    }
  }
  const firsts = new Map(presented.toReversed().map((one) => [one.refreshToken, one]));
  // A refusal that nobody heard is what became of a request that its replica had given up.
  for (const one of presented.filter((each) => each.outcome === "invalid_grant" && each.answered === "whole" && !late.has(each.grant))) {
    const isFirst = firsts.get(one.refreshToken) === one;
    const isAllowed = isFirst ? wasInDoubt(one, doubts) : history.strict.includes(one.grant);
    if (!isAllowed)
      violations.push({ rule: "grant_lost", at: one.at, story: `${one.grant}: the provider knows ${one.refreshToken} no more` });
  }
  return { violations, inDoubt, late, sentLate, doubts };
}

function judgeGrants(verdicts: Verdict[], presented: Presented[], doubts: Doubts, strict: Set<string>): { violations: Violation[]; inDoubt: number } {
  const violations: Violation[] = [];
  let inDoubt = 0;
  const byGrant = groupBy(presented, (one) => one.grant);
  for (const verdict of verdicts) {
    if (verdict.alive) continue;
    const all = byGrant.get(verdict.tenant) ?? [];
    const refusal = all.findLast((one) => one.outcome === "invalid_grant");
    if (strict.has(verdict.tenant) && refusal && wasInDoubt(refusal, doubts)) ++inDoubt;
    else violations.push({ rule: "grant_lost", at: all.at(-1)?.at ?? 0, story: `${verdict.tenant}: ${verdict.story}` });
  }
  return { violations, inDoubt };
}

/** By access token; a grant's epoch is the last one begun before its refresh tokens came up. */
function issuesOf(began: Began[], presented: Presented[]): Map<string, Issue> {
  const issues = new Map<string, Issue>();
  const epochs = new Map<string, number>();
  for (const one of [...began].sort((a, b) => a.order - b.order)) {
    const epoch = (epochs.get(one.grant) ?? 0) + 1;
    epochs.set(one.grant, epoch);
    issues.set(one.issued, { tenant: one.grant, epoch, order: one.order });
  }
  for (const one of presented)
    if (one.issued !== undefined) issues.set(one.issued, { tenant: one.grant, epoch: one.epoch, order: one.order ?? 0 });
  return issues;
}

const isOlder = (one: Issue, other: Issue) => one.epoch < other.epoch || (one.epoch === other.epoch && one.order < other.order);

function judgeReads(reads: Read[], withdrawals: Withdrawal[], issues: Map<string, Issue>, began: Began[]): Violation[] {
  const violations: Violation[] = [];
  const withdrawn = groupBy(withdrawals, (one) => `${one.replica} ${one.tenant}`);
  const beginnings = groupBy(began, (one) => one.grant);
  for (const [where, all] of groupBy(reads.filter((one) => one.token !== undefined), (one) => `${one.replica} ${one.tenant}`)) {
    const byEnd = [...all].sort((a, b) => a.ended - b.ended);
    let next = 0;
    let newest: Issue | undefined;
    for (const read of [...all].sort((a, b) => a.begun - b.begun)) {
      const issue = issues.get(read.token ?? "");
      const story = `${where}: ${read.token} read from ${read.begun} to ${read.ended}`;
      for (; (byEnd[next]?.ended ?? Infinity) < read.begun; ++next) {
        const known = issues.get(byEnd[next]?.token ?? "");
        if (known && (newest === undefined || isOlder(newest, known))) newest = known;
      }
      if (issue === undefined) violations.push({ rule: "unknown_token", at: read.begun, story });
      else if (issue.tenant !== read.tenant) violations.push({ rule: "foreign_token", at: read.begun, story: `${story}, of ${issue.tenant}` });
      else if (newest && isOlder(issue, newest)) violations.push({ rule: "older_token", at: read.begun, story: `${story}, ${JSON.stringify(issue)} after ${JSON.stringify(newest)}` });
      else if (isWithdrawn(read, issue, withdrawn.get(where) ?? [], beginnings.get(read.tenant) ?? [])) violations.push({ rule: "withdrawn_token", at: read.begun, story });
    }
  }
  return violations;
}

/** Whether the replica had said, before the read began, that the grant is withdrawn, and the grant is older than that. */
function isWithdrawn(read: Read, issue: Issue, withdrawals: Withdrawal[], beginnings: Began[]): boolean {
  const grant = [...beginnings].sort((a, b) => a.order - b.order)[issue.epoch - 1];
  return withdrawals.some((one) => one.ended < read.begun && grant !== undefined && grant.at < one.begun);
}
