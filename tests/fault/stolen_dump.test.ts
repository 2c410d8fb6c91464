// Somebody gets a dump of the database, whole, and not the master key: nothing in it is of use. And of a tenant that was
// removed nothing opens any more, wherever its rows were kept, with the master key either.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { Evergrant, type Options } from "../functional/support/evergrant.ts";
import { LedgerScene, ledgerProvider } from "../functional/support/ledger_scene.ts";
import { freePort } from "./support/network.ts";
import { noPostgres, PostgresServer } from "./support/postgres.ts";

const tenants = ["acme", "globex"];
const clientSecret = "a-client-secret-that-a-thief-would-like";
const stolen = "stolen";

/** A database, dumped as its own tools do it, restored for a second server, and changed by hand. */
interface Engine {
  environment: Record<string, string>;
  dump(): Promise<string>;
  /** Everything that lies on the disk, where a thief may read that too. */
  files(): string;
  /** How a server is started on what this dump makes, and these statements change. */
  restored(dump: string, changes: string): Promise<Options>;
  sql(statement: string): Promise<void>;
  remove(): Promise<void>;
}

class SqliteFile implements Engine {
  readonly environment = {};
  evergrant: Evergrant | undefined;

  get #file(): string {
    return path.join(this.evergrant?.folder ?? "", "data/evergrant.db");
  }

  dump(): Promise<string> {
    return Promise.resolve(execFileSync("sqlite3", [this.#file, ".dump"], { encoding: "utf8", maxBuffer: 1e9 }));
  }

  files(): string {
    return [this.#file, `${this.#file}-wal`].map((file) => readFileSync(file).toString("latin1")).join("");
  }

  restored(dump: string, changes: string): Promise<Options> {
    const prepare = (data: string) => {
      mkdirSync(data, { mode: 0o700, recursive: true });
      const file = path.join(data, "evergrant.db");
      execFileSync("sqlite3", [file], { input: dump + changes });
      chmodSync(file, 0o600);
    };
    return Promise.resolve({ prepare });
  }

  sql(statement: string): Promise<void> {
    execFileSync("sqlite3", ["-cmd", ".timeout 10000", this.#file, statement]);
    return Promise.resolve();
  }

  remove(): Promise<void> {
    return Promise.resolve();
  }
}

class PostgresDatabase implements Engine {
  readonly environment: Record<string, string>;
  readonly #server: PostgresServer;

  private constructor(server: PostgresServer) {
    this.#server = server;
    this.environment = { DATABASE_URL: server.url };
  }

  static async create(): Promise<PostgresDatabase> {
    const server = new PostgresServer({ name: "postgres", address: "127.0.0.1", enter: [] }, await freePort("127.0.0.1"));
    await server.create();
    return new PostgresDatabase(server);
  }

  dump(): Promise<string> {
    return this.#server.dump();
  }

  files(): string {
    return execFileSync("find", [this.#server.data, "-type", "f", "-exec", "cat", "{}", "+"], { encoding: "latin1", maxBuffer: 1e9 });
  }

  async restored(dump: string, changes: string): Promise<Options> {
    await this.#server.sql(`DROP DATABASE IF EXISTS ${stolen} WITH (FORCE)`, "postgres");
    await this.#server.sql(`CREATE DATABASE ${stolen}`, "postgres");
    await this.#server.script([dump, "SET search_path = public;\n", changes], stolen);
    const url = new URL(this.#server.url);
    url.pathname = `/${stolen}`;
    return { environment: { DATABASE_URL: url.href } };
  }

  async sql(statement: string): Promise<void> {
    await this.#server.sql(statement);
  }

  remove(): Promise<void> {
    return this.#server.remove();
  }
}

/** What a thief would do to have the server start with a key of his own. */
const withoutChecks = `
DELETE FROM store_state WHERE name IN ('master_key_check', 'audit_key');
DELETE FROM data_keys WHERE tenant_id = '';
`;

for (const name of ["SQLite", "PostgreSQL"] as const)
  describe(`a dump of ${name} without its master key`, { skip: name === "PostgreSQL" && noPostgres }, () => {
    let engine: Engine;
    let scene: LedgerScene;
    let dump = "";
    const secrets = new Map<string, string>();
    before(async () => {
      const sqlite = new SqliteFile();
      engine = name === "SQLite" ? sqlite : await PostgresDatabase.create();
      scene = await LedgerScene.set({ policy: "with_grace", graceSeconds: 600 }, tenants, { environment: engine.environment });
      const { evergrant, provider } = scene;
      sqlite.evergrant = evergrant;
      await evergrant.call("PUT", `/api/credentials/${ledgerProvider}`, { clientId: "evergrant", clientSecret });
      for (const tenant of tenants) {
        secrets.set(`the first access token of ${tenant}`, provider.accessToken(tenant));
        await scene.refresh(tenant);
        secrets.set(`the access token of ${tenant}`, provider.accessToken(tenant));
      }
      for (const [index, { refreshToken }] of provider.ledger.entries()) secrets.set(`refresh token ${index}`, refreshToken);
      secrets.set("a state", (await evergrant.get(`/api/oauth/authorize/acme?provider=${ledgerProvider}`)).body.state);
      secrets.set("the client secret", clientSecret);
      secrets.set("the admin key", evergrant.adminKey.slice(-24));
      secrets.set("the master key", evergrant.environment["ENCRYPTION_KEY"] ?? "");
      dump = await engine.dump();
    });
    after(async () => {
      await scene?.clear();
      await engine?.remove();
    });

    function expectNoneIn(text: string): void {
      for (const [what, secret] of secrets) {
        assert.ok(secret.length >= 16, what);
        for (const form of [secret, Buffer.from(secret).toString("hex"), Buffer.from(secret).toString("hex").toUpperCase(), Buffer.from(secret).toString("base64").replace(/=*$/, "").slice(0, -1)])
          assert.ok(!text.includes(form), `${what} is there`);
      }
    }

    /** A server on the dump, changed by `changes`, that has this master key. */
    async function restored(masterKey: string, changes = ""): Promise<Evergrant> {
      const options = await engine.restored(dump, changes);
      return Evergrant.start({
        ...options,
        catalog: { [`${ledgerProvider}.yaml`]: scene.provider.catalogFile(ledgerProvider) },
        environment: { ...options.environment, ENCRYPTION_KEY: masterKey, EVERGRANT_REFRESH_AHEAD: "false" },
      });
    }

    it("holds no secret in any form", () => {
      assert.ok(dump.includes(ledgerProvider) && dump.includes("globex"));

      expectNoneIn(dump);
    });

    it("holds none in what lies on the disk either", () => {
      const bytes = engine.files();
      assert.ok(bytes.includes("globex"));

      expectNoneIn(bytes);
    });

    it("opens with the master key, as a backup should", async () => {
      const server = await restored(scene.evergrant.environment["ENCRYPTION_KEY"] ?? "");
      try {
        const { body } = await server.get(`/api/oauth/token/acme/${ledgerProvider}`);

        assert.equal(body.accessToken, scene.provider.accessToken("acme"));
      } finally {
        await server.remove();
      }
    });

    it("is not served with another master key", async () => {
      await assert.rejects(restored(randomBytes(32).toString("hex")), /The master key is not the one this store was made with/);
    });

    it("gives nothing to a server that was made to start on it with another master key", async () => {
      const presented = scene.provider.ledger.length;
      const server = await restored(randomBytes(32).toString("hex"), withoutChecks);
      try {
        const answers = [];
        for (const route of ["token/acme", "token/globex"]) answers.push(await server.get(`/api/oauth/${route}/${ledgerProvider}`));
        answers.push(await server.get(`/api/oauth/token/acme/${ledgerProvider}?minTtl=90000`));
        answers.push(await server.get(`/api/credentials/${ledgerProvider}`));
        answers.push(await server.get(`/api/oauth/authorize/acme?provider=${ledgerProvider}`));

        assert.deepEqual(new Set(answers.map((one) => one.status)), new Set([500]));
        expectNoneIn(JSON.stringify(answers.map((one) => one.body)) + server.log);
        assert.equal(scene.provider.ledger.length, presented);
      } finally {
        await server.remove();
      }
    });

    it("gives back nothing of a tenant that was removed, to whoever has the master key and kept its rows", async () => {
      const { evergrant } = scene;
      await engine.sql("CREATE TABLE kept AS SELECT * FROM oauth_tokens WHERE tenant_id = 'acme'");
      assert.equal((await evergrant.call("DELETE", "/api/tenants/acme")).status, 204);

      await engine.sql("INSERT INTO oauth_tokens SELECT * FROM kept");

      const answer = await evergrant.get(`/api/oauth/token/acme/${ledgerProvider}`);
      assert.equal(answer.status, 500);
      assert.equal((await evergrant.get(`/api/oauth/token/globex/${ledgerProvider}`)).status, 200);
      dump = await engine.dump();
      const server = await restored(evergrant.environment["ENCRYPTION_KEY"] ?? "");
      try {
        assert.equal((await server.get(`/api/oauth/token/acme/${ledgerProvider}`)).status, 500);
      } finally {
        await server.remove();
      }
    });
  });
