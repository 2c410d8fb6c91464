// Misbehaviour on the wire: broken, slow and absent connections.
import type { Socket } from "node:net";
import { wire, type Group, type Misbehaviour } from "./kinds.ts";
import type { Conduct } from "./provider.ts";

const raw = (bytes: (good: Record<string, unknown>) => string | Buffer, then: "close" | "reset" | "wait" = "close"): Conduct =>
  ({ socket, good }) => {
    socket.write(bytes(good()), () => {
      if (then === "close") socket.end();
      if (then === "reset") socket.resetAndDestroy();
    });
  };

const hangsUp: Conduct = ({ socket, good }) => {
  good();
  socket.destroy();
};

/** A piece every so often, until the other side has had enough. */
function dribble(socket: Socket, pieces: Iterable<string>, pause: number): void {
  const left = pieces[Symbol.iterator]();
  const timer = setInterval(() => {
    const next = left.next();
    if (next.done === true || socket.destroyed) clearInterval(timer);
    else socket.write(next.value);
  }, pause);
  socket.once("close", () => clearInterval(timer));
}

function* repeated(piece: string): Iterable<string> {
  while (true) yield piece;
}

const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const body = JSON.stringify;
const nothingSent: Conduct = () => {};

export const sockets: Group = {
  title: "Connections",
  rows: [
    { says: "no answer at all", conduct: () => {} },
    { says: "a byte a second", conduct: ({ socket, good }) => dribble(socket, wire(good()).toString(), 1000) },
    { says: "a header that never ends, a line every 100 ms", conduct: ({ socket }) => dribble(socket, (function* () { yield head; yield* repeated("X-More: 1\r\n"); })(), 100) },
    { says: "`100 Continue` without end", conduct: ({ socket }) => dribble(socket, repeated("HTTP/1.1 100 Continue\r\n\r\n"), 100) },
    { says: "a header of 1 MB", conduct: raw(() => `${head}X-Long: ${"x".repeat(1024 * 1024)}\r\n\r\n`) },
    { says: "no HTTP", conduct: raw(() => "220 mail.example.com ESMTP\r\n") },
    { says: "HTTP/0.9: a body alone", conduct: raw(body) },
    { says: "`Content-Length` too long", conduct: raw((good) => `${head}Content-Length: 5000\r\n\r\n${body(good)}`) },
    { says: "`Content-Length` too short", conduct: raw((good) => `${head}Content-Length: 20\r\n\r\n${body(good)}`) },
    { says: "two `Content-Length`s that differ", conduct: raw((good) => `${head}Content-Length: 20\r\nContent-Length: 5000\r\n\r\n${body(good)}`) },
    { says: "no length, and closed behind the body", conduct: raw((good) => `${head}\r\n${body(good)}`) },
    { says: "no length, and closed within the body", conduct: raw((good) => `${head}\r\n${body(good).slice(0, 60)}`) },
    { says: "a chunk that is none", conduct: raw((good) => `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n${body(good)}`) },
    { says: "chunks without the last", conduct: raw((good) => `${head}Transfer-Encoding: chunked\r\n\r\n${body(good).length.toString(16)}\r\n${body(good)}\r\n`) },
    { says: "a zero byte in a header", conduct: raw((good) => `${head}X-Zero: a\0b\r\n\r\n${body(good)}`) },
    { says: "closed without a byte", conduct: ({ socket }) => void socket.end() },
    { says: "reset without a byte", conduct: ({ socket }) => void socket.resetAndDestroy() },
    { says: "nothing listens", elsewhere: "nothing listens", conduct: nothingSent },
    { says: "its name does not resolve", elsewhere: "no such name", conduct: nothingSent },
    { says: "a certificate of another issuer", elsewhere: "foreign certificate", conduct: nothingSent },
    { says: "no TLS where TLS should be", elsewhere: "no TLS", conduct: nothingSent },
    { says: "a TLS handshake that hangs", elsewhere: "TLS hangs", conduct: nothingSent },
    { says: "a TLS handshake that breaks off", elsewhere: "TLS breaks off", conduct: nothingSent },
  ],
};

export const lost: Group = {
  title: "Answers that are lost after the provider has rotated",
  rows: [
    { says: "lost; the old refresh token stays good", conduct: hangsUp, memory: "lenient" },
    { says: "lost; the old refresh token is good for a minute", conduct: hangsUp, memory: { graceSeconds: 60 } },
    { says: "lost; the old refresh token is dead", conduct: hangsUp, memory: "strict" },
    { says: "cut in its last byte; the old refresh token is good for a minute", conduct: raw((good) => wire(good).subarray(0, -1), "reset"), memory: { graceSeconds: 60 } },
    { says: "503 instead; the old refresh token is good for a minute", memory: { graceSeconds: 60 },
      conduct: (call) => { call.good(); call.response.writeHead(503).end(); } },
  ],
};

/** A good answer that is cut behind each of its bytes but the last, by a reset and by a close. */
export function cuts(): Misbehaviour[] {
  const length = wire({ access_token: "access-000000", refresh_token: "refresh-000000", token_type: "Bearer", expires_in: 3600 }).length;
  return (["reset", "close"] as const).flatMap((how) =>
    Array.from({ length }, (_, at) => ({ says: `${how} behind byte ${at}`, conduct: raw((good) => wire(good).subarray(0, at), how) })));
}
