// Somebody removes our app at the provider. That is known, kept and told within a minute where the grant is in use, and within
// one period of the monitor where it is not: with alerts as they are set without any setting.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { isSigned, webhookSecret } from "../support/alert_scene.ts";
import type { ServerOptions } from "../support/authorization_server.ts";
import { HttpSink } from "../support/http_sink.ts";
import { Scene, provider, tenant, until } from "../support/scene.ts";

const minute = 60_000;
/** How long an alert waits for others of its kind, and until it is looked for and sent. */
const untilTold = 15_000;

/** A connected tenant, an application that may read its token, and a receiver of alerts. */
class House {
  readonly scene: Scene;
  readonly sink: HttpSink;
  readonly application: string;
  readonly accessToken: string;
  #reading: Promise<void> = Promise.resolve();
  #reads = true;

  private constructor(scene: Scene, sink: HttpSink, application: string, accessToken: string) {
    this.scene = scene;
    this.sink = sink;
    this.application = application;
    this.accessToken = accessToken;
  }

  static async build(serverOptions: ServerOptions, environment: Record<string, string> = {}): Promise<House> {
    const sink = await HttpSink.start();
    const scene = await Scene.set(serverOptions, {
      environment: { EVERGRANT_DEV: "true", EVERGRANT_ALERTS_WEBHOOK_URL: sink.url, EVERGRANT_ALERTS_WEBHOOK_SECRET: webhookSecret, ...environment },
    });
    await scene.connect();
    const application = (await scene.evergrant.post("/api/keys", { name: "application", role: "app" })).body.key;
    const { accessToken } = (await scene.evergrant.get(route, application)).body;
    return new House(scene, sink, application, accessToken);
  }

  /** Reads again and again; `use` is what the application does with the token. */
  keepReading(use: (accessToken: string) => Promise<void> = async () => {}): void {
    this.#reading = (async () => {
      while (this.#reads) {
        const { body } = await this.scene.evergrant.get(route, this.application);
        if (body.accessToken !== undefined) await use(body.accessToken);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
  }

  /** Ends the grant at the provider; how many milliseconds later the alert is there, which must be within `limit`. */
  async revokeAndBeTold(limit: number): Promise<number> {
    await this.scene.server.endGrantOf(this.accessToken);
    const revoked = Date.now();
    await until("the alert", () => this.sink.received.length > 0, limit);
    return Date.now() - revoked;
  }

  async stopReading(): Promise<void> {
    this.#reads = false;
    await this.#reading;
  }

  async clear(): Promise<void> {
    await this.stopReading();
    await this.scene.clear();
    await this.sink.stop();
  }
}

const route = `/api/oauth/token/${tenant}/${provider}`;

/** The one alert there is, as its receiver reads it. */
function told(house: House): any {
  const [one] = house.sink.received;
  assert.ok(one !== undefined && isSigned(one));
  return JSON.parse(one.body).data;
}

async function listed(house: House, status: string): Promise<any[]> {
  return (await house.scene.evergrant.get(`/divine/oauth/health?status=${status}`)).body.data.tokens;
}

async function expectKnownAndToldOnce(house: House): Promise<void> {
  const { rule, status, connections, count } = told(house);
  assert.deepEqual({ rule, status, connections, count }, { rule: "connection_dead", status: "invalid", connections: [`${tenant}/${provider}`], count: 1 });
  assert.deepEqual((await listed(house, "invalid")).map((one) => [one.clientId, one.integrationId]), [[tenant, provider]]);
  assert.deepEqual(await listed(house, "healthy"), []);
}

/** A token that the provider refused is not served until it expires. */
async function expectServedToNobody(house: House): Promise<void> {
  assert.equal((await house.scene.evergrant.get(route, house.application)).status, 409);
}

async function expectStillSoAfterRestart(house: House): Promise<void> {
  const { evergrant } = house.scene;
  await evergrant.end("SIGKILL");
  await evergrant.run();
  await until("some looks", async () => Number(/^evergrant_alert_looks_total (\d+)/m.exec((await evergrant.get("/metrics")).body)?.[1]) >= 3);
  const [report] = await listed(house, "invalid");
  assert.match(report.error, /no longer accepts this grant/);
  assert.equal(house.sink.received.length, 1);
}

describe("a grant revoked at the provider", { concurrency: true }, () => {
  describe("whose token is in use by who reports a 401", { concurrency: 1 }, () => {
    let house: House;
    before(async () => (house = await House.build({})));
    after(() => house.clear());

    it("is told within a minute, though its token has an hour to live", async (test) => {
      const { scene, application } = house;
      house.keepReading(async (accessToken) => {
        if ((await scene.server.use(accessToken)) !== 401) return;
        const rejected = createHash("sha256").update(accessToken).digest("hex");
        await scene.evergrant.post("/api/oauth/token", { tenantId: tenant, integrationId: provider, rejected }, application);
      });

      test.diagnostic(`told after ${await house.revokeAndBeTold(minute)} ms`);

      await house.stopReading();
      await expectKnownAndToldOnce(house);
    });

    it("is not served any more", () => expectServedToNobody(house));

    it("is kept as dead, and told to nobody again", () => expectStillSoAfterRestart(house));
  });

  describe("whose token is in use and does not live long", { concurrency: 1 }, () => {
    let house: House;
    before(async () => (house = await House.build({ accessTokenSeconds: 30 })));
    after(() => house.clear());

    it("is told within a minute, though nobody reports a thing", async (test) => {
      house.keepReading();

      test.diagnostic(`told after ${await house.revokeAndBeTold(minute)} ms`);

      await house.stopReading();
      await expectKnownAndToldOnce(house);
    });

    it("is kept as dead, and told to nobody again", () => expectStillSoAfterRestart(house));
  });

  describe("that nobody uses", { concurrency: 1 }, () => {
    let house: House;
    before(async () => (house = await House.build({ probed: true }, { EVERGRANT_HEALTH_CHECK_MINUTES: "1" })));
    after(() => house.clear());

    it("is found by the sweep of the period in which that happened", async (test) => {
      test.diagnostic(`told after ${await house.revokeAndBeTold(minute + untilTold)} ms`);

      await expectKnownAndToldOnce(house);
    });

    it("is not served any more", () => expectServedToNobody(house));

    it("is kept as dead, and told to nobody again", () => expectStillSoAfterRestart(house));
  });
});
