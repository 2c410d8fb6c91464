// What a history is made of. Times are milliseconds of one clock, that of the machine.
import type { Beginning, Presentation } from "../../functional/support/ledger_provider.ts";

/** What was done to the fleet, and to which of its parts. */
export interface Harm {
  kind: "harm";
  what: string;
  /** Places: "a", "postgres1", "redis"; of a partition both ends. */
  parts: string[];
  begun: number;
  ended: number;
}

/** A reader's question to a replica, and the answer. */
export interface Read {
  kind: "read";
  replica: string;
  tenant: string;
  begun: number;
  ended: number;
  /** 0: no answer came. */
  status: number;
  token?: string;
  error?: string;
}

/** A grant withdrawn or replaced by way of a replica, which said that it is done. */
export interface Withdrawal {
  kind: "withdrawal";
  replica: string;
  tenant: string;
  begun: number;
  ended: number;
}

/** From the provider's ledger. `endedAt` is missing if the history ended first. */
export type Presented = { kind: "presented"; provider: string } & Presentation;
export type Began = { kind: "began"; provider: string } & Beginning;

/** What became of a tenant's grant when all harms were over. */
export interface Verdict {
  kind: "verdict";
  tenant: string;
  alive: boolean;
  story: string;
}

export type HistoryEvent = Harm | Read | Withdrawal | Presented | Began | Verdict;

export interface History {
  /** Tenants whose provider ends a grant at the reuse of a refresh token. */
  strict: string[];
  /** Tenants whose refresh tokens do not rotate, and may be presented any number of times. */
  stays: string[];
  events: HistoryEvent[];
}
