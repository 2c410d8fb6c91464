// What a row of misbehaviour is made of.
import type { Conduct, Memory } from "./provider.ts";

export interface Misbehaviour {
  /** What the table calls it; also tells rows apart. */
  says: string;
  conduct: Conduct;
  memory?: Memory;
  /** Where the token endpoint is from the misbehaviour on, if somewhere else. */
  elsewhere?: "nothing listens" | "no such name" | "foreign certificate" | "no TLS" | "TLS hangs" | "TLS breaks off";
}

export interface Group {
  title: string;
  rows: Misbehaviour[];
}

type Headers = Record<string, string | string[]>;

/** Answers so and decides nothing. */
export const answering = (status: number, body: string | Buffer = "", headers: Headers = {}): Conduct => ({ response }) => {
  response.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers }).end(body);
};

export const json = { "content-type": "application/json" };
export const html = { "content-type": "text/html; charset=utf-8" };

export const failing = (status: number, error: unknown, headers: Headers = {}): Conduct =>
  answering(status, JSON.stringify({ error }), { ...json, ...headers });

/** A good answer, written by `write`. */
export const giving = (write: (good: Record<string, unknown>) => string | Buffer, headers: Headers = json, status = 200): Conduct =>
  (call) => answering(status, write(call.good()), headers)(call);

export const members = (others: Record<string, unknown>): Conduct => giving((good) => JSON.stringify({ ...good, ...others }));

/** A good answer as it stands on the wire. */
export function wire(good: Record<string, unknown>): Buffer {
  const body = JSON.stringify(good);
  return Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}
