// The points of a refresh at which the process is killed, in the order in which a refresh passes them, and what may be lost
// at each. Those with `crashAt` are compiled into the server (base/crash_point.h); at the others the provider kills.
import type { Fate } from "../functional/support/ledger_provider.ts";

export interface KillPoint {
  name: string;
  /** EVERGRANT_CRASH_AT of the process to be killed. */
  crashAt?: string;
  /** How the provider treats the refresh; `kill` ends the server at once. */
  fate?: (kill: () => void) => Fate;
  /** Where the next process is killed too, while it recovers. */
  againAt?: string;
  /** Kills this long after the refresh was asked for, wherever it is by then. */
  killAfter?: () => number;
  /** Whether the request has reached the provider when the process dies; undefined: it depends. */
  presented?: boolean;
  /** The provider may have replaced the refresh token with one that nobody has: no client could save a strict grant. */
  answerLost: boolean;
}

const justDelayed = (): Fate => ({ beforeAnswering: () => new Promise((resolve) => setTimeout(resolve, 5)) });

export const killPoints: KillPoint[] = [
  { name: "before the intent is durable", crashAt: "intent_not_committed", presented: false, answerLost: false },
  { name: "after the intent, before sending", crashAt: "after_intent", presented: false, answerLost: false },
  { name: "when the provider has the request and has decided nothing", fate: (kill) => ({ beforeDeciding: kill, failWith: 503 }), presented: true, answerLost: false },
  { name: "when the provider has rotated and not answered", fate: (kill) => ({ beforeAnswering: kill }), presented: true, answerLost: true },
  { name: "halfway through the answer", fate: (kill) => ({ halfway: kill }), presented: true, answerLost: true },
  { name: "as the answer leaves the provider", fate: (kill) => ({ afterAnswering: kill }), presented: true, answerLost: true },
  { name: "when the answer is there and nothing written", crashAt: "after_answer", presented: true, answerLost: true },
  { name: "before the new token set is durable", crashAt: "token_set_not_committed", presented: true, answerLost: true },
  { name: "after the new token set is written", crashAt: "after_write", presented: true, answerLost: false },
  { name: "after a failure is recorded", crashAt: "after_failure_recorded", fate: () => ({ failWith: 503 }), presented: true, answerLost: false },
  { name: "after the intent, and again when its recovery has the answer", crashAt: "after_intent", againAt: "after_answer", presented: false, answerLost: true },
  { name: "when the provider has rotated and not answered, and again before the second try", fate: (kill) => ({ beforeAnswering: kill }), againAt: "after_intent", presented: true, answerLost: true },
  { name: "at a moment left to luck", fate: justDelayed, killAfter: () => Math.random() * 20, answerLost: true },
];
