// One kill: a refresh is begun, the process dies at a point of it, starts again on the same data, and the grant is judged by
// the provider's ledger.
import assert from "node:assert/strict";
import { LedgerScene } from "../functional/support/ledger_scene.ts";
import type { Presentation, Rotation } from "../functional/support/ledger_provider.ts";
import { until } from "../functional/support/scene.ts";
import type { KillPoint } from "./kill_points.ts";

const tenants = ["north", "east", "south", "west"];

export class Killing {
  kills = 0;
  lost = 0;
  readonly #scene: LedgerScene;
  readonly #rotation: Rotation;

  private constructor(scene: LedgerScene, rotation: Rotation) {
    this.#scene = scene;
    this.#rotation = rotation;
  }

  static async begin(rotation: Rotation): Promise<Killing> {
    return new Killing(await LedgerScene.set(rotation, tenants), rotation);
  }

  end(): Promise<void> {
    return this.#scene.clear();
  }

  /** Kills once at `point` and requires that what follows is as it must be. */
  async once(point: KillPoint): Promise<void> {
    const tenant = tenants[this.kills % tenants.length] ?? "";
    const seen = this.#scene.provider.presentationsOf(tenant).length;
    await this.#die(tenant, point);
    ++this.kills;
    const since = () => this.#scene.provider.presentationsOf(tenant).slice(seen);
    if (point.presented !== undefined) assert.equal(since().length, point.presented ? 1 : 0, `presented when killed ${point.name}`);

    if (point.againAt !== undefined) await this.#dieAgain(point.againAt);
    await this.#scene.evergrant.run();
    const survived = await this.#survived(tenant);

    const most = point.againAt === undefined ? 2 : 3;
    for (const count of counts(since())) assert.ok(count <= most, `a refresh token presented ${count} times`);
    if (!survived) await this.#mourn(tenant, point, since());
  }

  async #die(tenant: string, point: KillPoint): Promise<void> {
    const { evergrant, provider } = this.#scene;
    if (point.crashAt !== undefined) {
      await evergrant.end("SIGKILL");
      await evergrant.run({ EVERGRANT_CRASH_AT: point.crashAt });
    }
    const kill = () => void process.kill(evergrant.pid, "SIGKILL");
    provider.fate = (grant) => (grant === tenant ? (point.fate?.(kill) ?? {}) : {});
    const caller = this.#scene.refresh(tenant).catch(() => undefined);
    if (point.killAfter) setTimeout(kill, point.killAfter());
    const ending = await evergrant.ended();
    await caller;
    provider.fate = () => ({});
    assert.deepEqual(ending, { code: null, signal: "SIGKILL" });
  }

  /** The recovery begins by itself, perhaps before the server says that it listens. */
  async #dieAgain(crashAt: string): Promise<void> {
    await this.#scene.evergrant.run({ EVERGRANT_CRASH_AT: crashAt }).catch(() => undefined);
    assert.deepEqual(await this.#scene.evergrant.ended(), { code: null, signal: "SIGKILL" });
    ++this.kills;
  }

  /** Whether the grant can be refreshed again: the provider's newest access token is what readers get. */
  async #survived(tenant: string): Promise<boolean> {
    const { provider } = this.#scene;
    let survived = false;
    await until(`a verdict on the grant of ${tenant}`, async () => {
      const answer = await this.#scene.refresh(tenant);
      const row = await this.#scene.row(tenant);
      survived = answer.status === 200 && answer.body.degraded !== true && answer.body.accessToken === provider.accessToken(tenant);
      return (survived && row.status === "healthy") || row.status === "invalid";
    });
    return survived;
  }

  /** A grant may be lost only to a strict provider that had rotated when the process died, and it says so in words. */
  async #mourn(tenant: string, point: KillPoint, presented: Presentation[]): Promise<void> {
    ++this.lost;
    const story = `${point.name}: ${JSON.stringify(presented)}`;
    assert.equal(this.#rotation.policy, "strictly", `lost in spite of grace, killed ${story}`);
    assert.ok(point.answerLost, `lost although nothing was at stake, killed ${story}`);
    assert.deepEqual(new Set(presented.slice(1).map((one) => one.outcome)), new Set(["invalid_grant"]), story);
    assert.equal(presented[0]?.outcome, "granted", story);
    assert.equal(new Set(presented.map((one) => one.refreshToken)).size, 1, story);
    const row = await this.#scene.row(tenant);
    assert.equal(row.status, "invalid");
    assert.match(row.error ?? "", /The answer to the refresh begun at .* never arrived/);
    await this.#scene.connect(tenant);
  }
}

function counts(presented: Presentation[]): number[] {
  const byToken = new Map<string, number>();
  for (const { refreshToken } of presented) byToken.set(refreshToken, (byToken.get(refreshToken) ?? 0) + 1);
  return [...byToken.values()];
}

/** How many kills each point gets, of KILLS against each kind of rotation. */
export function killsAtEach(points: number): number {
  return Math.max(1, Math.ceil(Number(process.env["KILLS"] ?? 26) / points));
}
