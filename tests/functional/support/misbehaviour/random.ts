// Token answers at random, from a seed: a grammar of statuses, headers and bodies. None says by a rule that a grant is dead.
import type { Conduct } from "./provider.ts";

/** Numbers of a seed: the same every time. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Mulberry32. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

const statuses = [200, 200, 200, 201, 204, 206, 302, 304, 307, 400, 400, 400, 401, 403, 404, 405, 408, 410, 418, 422, 429, 451, 500, 502, 503, 504, 520, 599];
const types = ["application/json", "application/json; charset=utf-16", "text/html", "text/plain", "application/x-www-form-urlencoded", ""];
const waits = ["", "", "0", "-1", "1", "soon", "1.5", "Wed, 21 Oct 2015 07:28:00 GMT"];
const encodings = ["", "", "", "", "identity", "gzip", "br", "zip"];
// No refresh_token: one that chance wrote would replace the true one, as any does, and the provider would rightly not know it.
const names = ["error", "error_description", "message", "status", "code", "access_token", "expires_in", "scope", "token_type", "data"];
const harmless = ["invalid_client", "server_error", "slow_down", "invalid_request", "INVALID_GRANT", "invalid_grant ", "invalid-grant", "invalid_grant_type", "quux"];
const literals = ["null", "true", "0", "-1", "1e18", "NaN", '""', '"3600"', "[]", "{}", '"\\u0000"'];

/** A lifetime that chance wrote is not to end while a test runs. */
const atLeast = 3600;

class Answer {
  readonly #dice: Dice;
  readonly #deadlyCounts: boolean;

  constructor(dice: Dice, status: number) {
    this.#dice = dice;
    this.#deadlyCounts = status < 300 || (status >= 400 && status < 500 && status !== 408 && status !== 429);
  }

  body(): string {
    switch (this.#dice.below(7)) {
      case 0: return "";
      case 1: return `<!doctype html><html><body>${this.#words()}${this.#object(0)}</body></html>`;
      case 2: return this.#words();
      case 3: return this.#form();
      case 4: return Array.from({ length: this.#dice.below(60) }, () => String.fromCharCode(this.#dice.below(256))).join("");
      default: return this.#spoilt(this.#object(0));
    }
  }

  #error(): string {
    return !this.#deadlyCounts && this.#dice.below(2) === 0 ? "invalid_grant" : this.#dice.of(harmless);
  }

  #words(): string {
    return Array.from({ length: 1 + this.#dice.below(4) }, () => this.#dice.of([...harmless, "invalid_grant"])).join(" ") + " ";
  }

  #value(depth: number): string {
    switch (this.#dice.below(depth > 3 ? 3 : 5)) {
      case 0: return this.#dice.of(literals);
      case 1: return `"${this.#words()}"`;
      case 2: return String(atLeast + this.#dice.below(2 ** 31));
      case 3: return `[${this.#value(depth + 1)},${this.#value(depth + 1)}]`;
      default: return this.#object(depth + 1);
    }
  }

  #object(depth: number): string {
    const members = Array.from({ length: this.#dice.below(5) }, () => `"${this.#dice.of(names)}":${this.#value(depth)}`);
    if (depth === 0 && this.#dice.below(2) === 0) members.unshift(`"error":"${this.#error()}"`);
    if (depth > 0 && this.#dice.below(4) === 0) members.push('"error":"invalid_grant"');
    return `{${members.join(",")}}`;
  }

  #form(): string {
    return Array.from({ length: this.#dice.below(5) }, () => {
      const name = this.#dice.of(names);
      return `${name}=${name === "error" ? encodeURIComponent(this.#error()) : atLeast + this.#dice.below(10 ** 6)}`;
    }).join("&");
  }

  #spoilt(text: string): string {
    switch (this.#dice.below(8)) {
      case 0: return text.slice(0, this.#dice.below(text.length + 1));
      case 1: return text + text;
      case 2: return `\ufeff${text}`;
      default: return text;
    }
  }
}

/** Answers by chance; now and then the connection breaks within the answer. */
export function atRandom(dice: Dice): Conduct {
  return ({ response, socket }) => {
    const status = dice.of(statuses);
    const body = new Answer(dice, status).body();
    const [type, wait, encoding] = [dice.of(types), dice.of(waits), dice.of(encodings)];
    response.writeHead(status, {
      ...(type === "" ? {} : { "content-type": type }),
      ...(wait === "" ? {} : { "retry-after": wait }),
      ...(encoding === "" ? {} : { "content-encoding": encoding }),
    });
    if (dice.below(20) !== 0) return void response.end(body);
    response.write(body.slice(0, body.length / 2) || " ", () => socket.destroy());
  };
}
