// pgbouncer in transaction mode before a PostgreSQL server; it can be pointed at another, paused and hung.
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { until } from "../../functional/support/until.ts";
import { databaseName, databaseUser, type PostgresServer } from "./postgres.ts";
import { type Place, Program, runSoon, unprivilegedUser } from "./program.ts";

export class Pgbouncer {
  readonly #place: Place;
  readonly #port: number;
  readonly #folder = mkdtempSync(path.join(tmpdir(), "evergrant-pgbouncer-"));
  #program: Program | undefined;

  private constructor(place: Place, port: number) {
    this.#place = place;
    this.#port = port;
  }

  static async start(place: Place, port: number, server: PostgresServer): Promise<Pgbouncer> {
    const bouncer = new Pgbouncer(place, port);
    const user = unprivilegedUser();
    if (user) chownSync(bouncer.#folder, user.uid, user.gid);
    bouncer.#write(server);
    await bouncer.run();
    return bouncer;
  }

  get url(): string {
    return `postgresql://${databaseUser}@${this.#place.address}:${this.#port}/${databaseName}`;
  }

  async run(): Promise<void> {
    const started = new Program({ place: this.#place, argv: ["pgbouncer", this.#file()], unprivileged: true, cwd: this.#folder });
    this.#program = started;
    await until("pgbouncer answering", async () => {
      if (!started.running()) throw new Error(`pgbouncer ended: ${started.log}`);
      return (await this.command("SHOW VERSION").catch(() => "")) !== "";
    });
  }

  /** Sends new transactions to `server`. */
  async point(server: PostgresServer): Promise<void> {
    this.#write(server);
    await this.command("RELOAD");
    await this.command(`RECONNECT ${databaseName}`).catch(() => "");
  }

  /** Clients wait from now on; the transactions under way are given two seconds to end. */
  async hold(): Promise<void> {
    const held = this.command(`PAUSE ${databaseName}`).catch(() => "");
    await Promise.race([held, new Promise((resolve) => setTimeout(resolve, 2000))]);
  }

  async release(): Promise<void> {
    await this.command(`RESUME ${databaseName}`);
  }

  pause(): void {
    this.#program?.pause();
  }

  resume(): void {
    this.#program?.resume();
  }

  async end(how: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await this.#program?.end(how);
  }

  /** A command of pgbouncer's console. */
  command(text: string): Promise<string> {
    const at = ["-h", this.#place.address, "-p", String(this.#port), "-U", databaseUser, "-d", "pgbouncer"];
    return runSoon(["env", "PGCONNECT_TIMEOUT=5", "psql", ...at, "-AtXq", "-c", text]);
  }

  async remove(): Promise<void> {
    await this.end("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #file(): string {
    return path.join(this.#folder, "pgbouncer.ini");
  }

  #write(server: PostgresServer): void {
    const users = path.join(this.#folder, "users.txt");
    writeFileSync(users, `"${databaseUser}" ""\n`);
    writeFileSync(this.#file(), `[databases]
${databaseName} = host=${server.place.address} port=${server.port} dbname=${databaseName}
[pgbouncer]
listen_addr = ${this.#place.address}
listen_port = ${this.#port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
admin_users = ${databaseUser}
pool_mode = transaction
max_client_conn = 1000
default_pool_size = 40
server_login_retry = 1
server_connect_timeout = 3
query_wait_timeout = 30
`);
  }
}
