// Measures what Evergrant makes of a misbehaviour: what readers get, what becomes of the connection and of its refresh token,
// when it tries again, and whether all is well once the provider is.
import assert from "node:assert/strict";
import type { Answer, Evergrant } from "../evergrant.ts";
import { until } from "../until.ts";
import type { Misbehaviour } from "./kinds.ts";
import type { MisbehavingProvider } from "./provider.ts";

export const tenant = "acme";

/** A row of the table, cell by cell. */
export interface Measured {
  whileValid: string;
  onceExpired: string;
  firstTime: string;
  connection: string;
  refreshToken: string;
  nextTry: string;
  wellAgain: string;
}

type Integration = "valid" | "expired" | "first";

/** Longer than any pause that Evergrant makes of its own at the first failures. */
const ownPause = 5;

const withoutEnd = "none: the token does not expire";

export class Subject {
  readonly id: string;
  readonly misbehaviour: Misbehaviour;
  readonly #evergrant: Evergrant;
  readonly #provider: MisbehavingProvider;
  #asked = 2 * 86_400;
  #held = { access: "", refresh: "" };

  constructor(id: string, misbehaviour: Misbehaviour, evergrant: Evergrant, provider: MisbehavingProvider) {
    this.id = id;
    this.misbehaviour = misbehaviour;
    this.#evergrant = evergrant;
    this.#provider = provider;
  }

  /** One connection whose token lives, and one whose token has expired when the misbehaviour begins. */
  async connect(): Promise<void> {
    for (const integration of ["valid", "expired"] as const)
      assert.match(await this.#authorize(integration), /oauth=success/);
  }

  /** The provider misbehaves. */
  async measure(): Promise<Measured> {
    this.#held = { access: (await this.#read("valid")).body.accessToken, refresh: this.#provider.newest(`${this.id}/valid`) };
    this.#provider.behave(this.id, this.misbehaviour.conduct);
    const [whileValid, [onceExpired, again], firstTime] = await Promise.all([this.#refresh(), this.#readTwice("expired"), this.#authorize("first")]);
    const row = await this.#row();
    for (const told of [JSON.stringify(whileValid.body.message ?? ""), JSON.stringify(onceExpired.body), row.error ?? "", firstTime])
      if (onceExpired.status !== 200) assert.doesNotMatch(told, /(access|refresh)-\d{6}/, `${this.misbehaviour.says} tells a secret`);
    return {
      whileValid: this.#seen(whileValid),
      onceExpired: this.#seen(onceExpired),
      firstTime: firstTime.includes("oauth=success") ? "success" : `\`${new URL(firstTime).searchParams.get("reason")}\``,
      connection: `\`${row.status}\``,
      refreshToken: "",
      nextTry: whileValid.body.expiresAt === null ? withoutEnd : nextTry(row.status, again),
      wellAgain: "",
    };
  }

  /** The provider is well again; fills in what only that shows. */
  async recover(measured: Measured): Promise<void> {
    this.#provider.behave(this.id);
    if (measured.nextTry.startsWith("in") || measured.nextTry === withoutEnd) await this.#endIt(measured);
    else if (measured.connection === "`invalid`") Object.assign(measured, { refreshToken: "dead", wellAgain: "a person must authorize again" });
    else await this.#goOn(measured);
  }

  /** What it would present is seen at once by the next refresh. */
  async #goOn(measured: Measured): Promise<void> {
    const presented = () => this.#provider.presented.get(`${this.id}/valid`) ?? [];
    const before = presented().length;
    await until(`${this.misbehaviour.says}: the next try`, async () => {
      await this.#refresh();
      return presented().length > before;
    }, 30_000);
    measured.refreshToken = presented()[before] === this.#held.refresh ? "kept" : "replaced";
    let status = "";
    await until(`${this.misbehaviour.says}: the end of it`, async () => {
      await this.#refresh();
      status = (await this.#row()).status;
      return status !== "refresh_failed";
    }, 30_000);
    measured.wellAgain = `\`${status}\``;
  }

  /** Where no next try can be waited for: what a revocation presents is what was held. */
  async #endIt(measured: Measured): Promise<void> {
    await this.#evergrant.post("/api/oauth/revoke", { tenantId: tenant, integrationId: `${this.id}-valid` });
    measured.refreshToken = this.#provider.wasRevoked(this.#held.refresh) ? "kept" : "replaced";
    measured.wellAgain = measured.nextTry === withoutEnd ? measured.connection : "asked when the time has come";
  }

  #seen(answer: Answer): string {
    if (answer.status !== 200) return `${answer.status} \`${answer.body.error}\``;
    if (answer.body.accessToken !== this.#held.access) return "a new token";
    return answer.body.degraded === true ? "the old token, `degraded`" : "the old token";
  }

  #read(integration: Integration): Promise<Answer> {
    return this.#evergrant.get(`/api/oauth/token/${tenant}/${this.id}-${integration}`);
  }

  /** The second is answered within the pause that follows a failure, and says how long that is. */
  async #readTwice(integration: Integration): Promise<[Answer, Answer]> {
    const first = await this.#read(integration);
    let again = first;
    for (let tries = 0; tries < 10 && again.status > 499 && (tries === 0 || !again.headers.has("retry-after")); ++tries)
      again = await this.#read(integration);
    return [first, again];
  }

  #refresh(): Promise<Answer> {
    return this.#evergrant.get(`/api/oauth/token/${tenant}/${this.id}-valid?minTtl=${++this.#asked}`);
  }

  async #row(): Promise<{ status: string; error?: string }> {
    const answer = await this.#evergrant.get(`/api/oauth/status/${tenant}?provider=${this.id}`);
    return answer.body.tokens.find((row: { integrationId: string }) => row.integrationId === `${this.id}-valid`);
  }

  /** Where the person ends up. */
  async #authorize(integration: Integration): Promise<string> {
    const started = await this.#evergrant.get(`/api/oauth/authorize/${tenant}?provider=${this.id}&integrationId=${this.id}-${integration}`);
    assert.equal(started.status, 200, JSON.stringify(started.body));
    const done = await this.#evergrant.get(`/api/oauth/callback?code=${integration}&state=${encodeURIComponent(started.body.state)}`, "");
    return done.headers.get("location") ?? `no redirect: ${JSON.stringify(done.body)}`;
  }
}

function nextTry(status: string, again: Answer): string {
  if (status === "invalid") return "never";
  if (again.status === 200) return "–";
  const seconds = Number(again.headers.get("retry-after"));
  assert.ok(seconds >= 1, `Retry-After: ${again.headers.get("retry-after")}`);
  if (seconds <= ownPause) return "soon, then backing off";
  return seconds > 12 * 3600 ? "in a day" : `in ${Math.round(seconds / 60)} minutes`;
}
