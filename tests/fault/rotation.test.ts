// kill -9 in the middle of replacing the master key: the next run goes on with what is left, whether it is asked to or not;
// at the end everything opens with the new key alone and nothing stands under the old one. Every value has a data key of
// its own.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { Evergrant } from "../functional/support/evergrant.ts";
import { until } from "../functional/support/until.ts";
import { freePort } from "./support/network.ts";
import { noPostgres, PostgresServer } from "./support/postgres.ts";
import { accessTokenOf, fillPostgres, fillSqlite, sealedProvider, tenantOf } from "./support/sealed_store.ts";

const long = process.env["FAULT_FORM"] === "long";
const values = Number(process.env["ROTATION_VALUES"] ?? (long ? 100_000 : 4_000));
const kills = Number(process.env["ROTATION_KILLS"] ?? (long ? 20 : 3));
const partSize = 200;
const readAtOnce = 1_000;
/** A rotation is killed in the middle of a part where it has so many to go that it does not end before. */
const enoughParts = 100;
/** Parts between two kills, so that some are left after the last. */
const mostParts = Math.max(1, Math.floor(values / partSize / (kills + 1)));

/** The server of one engine, with the values in its store. */
interface House {
  evergrant: Evergrant;
  remove(): Promise<void>;
}

const environment = { EVERGRANT_LIMITS_KEY_REQUESTS_PER_SECOND: "0", EVERGRANT_REFRESH_AHEAD: "false" };
const masterKeyOf = (evergrant: Evergrant) => evergrant.environment["ENCRYPTION_KEY"] ?? "";

async function sqliteHouse(): Promise<House> {
  const evergrant = await Evergrant.start({ environment });
  await evergrant.end();
  await fillSqlite(path.join(evergrant.folder, "data/evergrant.db"), masterKeyOf(evergrant), values);
  return { evergrant, remove: () => evergrant.remove() };
}

async function postgresHouse(): Promise<House> {
  const postgres = new PostgresServer({ name: "postgres", address: "127.0.0.1", enter: [] }, await freePort("127.0.0.1"));
  await postgres.create();
  const evergrant = await Evergrant.start({ environment: { ...environment, DATABASE_URL: postgres.url } });
  await evergrant.end();
  await fillPostgres(postgres, masterKeyOf(evergrant), values);
  return {
    evergrant,
    remove: async () => {
      await evergrant.remove();
      await postgres.remove();
    },
  };
}

for (const engine of ["SQLite", "PostgreSQL"] as const)
  describe(`a rotation of ${values} data keys in ${engine}, killed ${kills} times`, { skip: engine === "PostgreSQL" && noPostgres }, () => {
    let house: House;
    let evergrant: Evergrant;
    const newKey = randomBytes(32).toString("hex");
    before(async () => {
      house = await (engine === "SQLite" ? sqliteHouse() : postgresHouse());
      evergrant = house.evergrant;
    });
    after(() => house?.remove());

    const remaining = async (): Promise<number> => (await evergrant.get("/api/keys/master")).body.remaining;
    const rotate = () => evergrant.post("/api/keys/master/rotate", {});

    /** Between two parts. */
    async function killedAtRest(): Promise<void> {
      await evergrant.run({ EVERGRANT_CRASH_AT: `after_part_sealed_anew:${1 + Math.ceil(Math.random() * mostParts)}` });
      await rotate().catch(() => undefined);
      assert.equal((await evergrant.ended()).signal, "SIGKILL");
    }

    /** Wherever it is, mostly within a part. */
    async function killedAtWork(left: number): Promise<void> {
      await evergrant.run();
      await rotate();
      await until("some are sealed anew", async () => (await remaining()) < left);
      await evergrant.end("SIGKILL");
    }

    it("goes on after each with what is left", async () => {
      evergrant.environment["ENCRYPTION_KEY"] = `${newKey},${masterKeyOf(evergrant)}`;
      let left = values + 1;
      for (let kill = 0; kill < kills; ++kill) {
        await (mostParts > enoughParts && kill % 2 === 1 ? killedAtWork(left) : killedAtRest());
        await evergrant.run();
        const now = await remaining();
        assert.ok(now < left && now > 0, `${now} left after ${left}`);
        left = now;
        await evergrant.end();
      }
    });

    it("is brought to its end by the next server, unasked", async (test) => {
      await evergrant.run();
      const left = await remaining();
      await until("it goes on", async () => (await remaining()) < left, 120_000);
      const begun = performance.now();
      await until("nothing is left", async () => (await remaining()) === 0, 600_000);
      test.diagnostic(`the last ${left} took ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    });

    it("leaves nothing under the old key", async () => {
      const told = (await evergrant.get("/api/keys/master")).body;

      assert.deepEqual(told.keys.map((key: { id: string }) => key.id), [told.first]);
      assert.equal(told.keys[0].dataKeys, values + 1);
      assert.deepEqual(told.mayBeTakenOut, [told.ring[1]]);
      assert.equal((await evergrant.get("/api/audit/verify")).body.ok, true);
    });

    it("leaves every value to be opened with the new key alone", async (test) => {
      await evergrant.end();
      evergrant.environment["ENCRYPTION_KEY"] = newKey;
      await evergrant.run();

      let opened = 0;
      for (let from = 0; from < values; from += readAtOnce) {
        const indexes = Array.from({ length: Math.min(readAtOnce, values - from) }, (_, index) => from + index);
        const { body } = await evergrant.post("/api/oauth/tokens", { requests: indexes.map((index) => ({ tenantId: tenantOf(index), integrationId: sealedProvider })) });
        assert.deepEqual(body.tokens.map((one: { accessToken?: string }) => one.accessToken), indexes.map(accessTokenOf));
        opened += body.tokens.length;
      }
      assert.equal(opened, values);
      test.diagnostic(`${opened} values opened`);
    });
  });
