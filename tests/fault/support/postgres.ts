// A PostgreSQL server in a folder of its own: started, stopped, hung, killed and started again.
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, appendFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { until } from "../../functional/support/until.ts";
import { beginningOf, type Place, feed, Program, run, runSoon, unprivilegedUser } from "./program.ts";

export const databaseUser = "evergrant";
export const databaseName = "evergrant";

/** Where the distribution keeps the newest version's programs. */
const programs = (() => {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).filter((name) => existsSync(path.join(root, name, "bin/initdb"))) : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : path.join(root, newest, "bin");
})();

export const noPostgres = programs === undefined ? "PostgreSQL's server is not installed" : false;

const program = (name: string) => path.join(programs ?? "", name);

export class PostgresServer {
  readonly place: Place;
  readonly port: number;
  readonly folder: string;
  #program: Program | undefined;

  constructor(place: Place, port: number) {
    this.place = place;
    this.port = port;
    this.folder = mkdtempSync(path.join(tmpdir(), "evergrant-postgres-"));
    const user = unprivilegedUser();
    if (user) chownSync(this.folder, user.uid, user.gid);
  }

  get data(): string {
    return path.join(this.folder, "data");
  }

  get url(): string {
    return `postgresql://${databaseUser}@${this.place.address}:${this.port}/${databaseName}`;
  }

  get log(): string {
    return this.#program?.log ?? "";
  }

  /** A new cluster with an empty database, running. */
  async create(): Promise<void> {
    await this.#do(["initdb", "-D", this.data, "-U", databaseUser, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
    // Processes are killed here, machines are not: what is written is in the kernel's hands, and need not be on a disk.
    appendFileSync(path.join(this.data, "postgresql.conf"), `
fsync = off
full_page_writes = off
shared_buffers = 32MB
max_connections = 300
unix_socket_directories = ''
wal_level = replica
wal_keep_size = 64MB
wal_sender_timeout = 5s
wal_receiver_timeout = 5s
wal_retrieve_retry_interval = 500ms
log_line_prefix = '%m [%p] '
`);
    appendFileSync(path.join(this.data, "pg_hba.conf"), "host all all 0.0.0.0/0 trust\nhost replication all 0.0.0.0/0 trust\n");
    await this.run();
    await this.sql(`create database ${databaseName}`, "postgres");
  }

  /** A copy of `primary` that follows it through `slot`, running. */
  async follow(primary: PostgresServer, slot: string): Promise<void> {
    rmSync(this.data, { recursive: true, force: true });
    await primary.sql(`select pg_create_physical_replication_slot('${slot}') where not exists (select 1 from pg_replication_slots where slot_name = '${slot}')`);
    const from = ["-h", primary.place.address, "-p", String(primary.port), "-U", databaseUser];
    await this.#do(["pg_basebackup", ...from, "-D", this.data, "-R", "-S", slot, "-X", "stream", "-c", "fast", "--no-sync"]);
    appendFileSync(path.join(this.data, "postgresql.auto.conf"), "synchronous_standby_names = ''\n");
    await this.run();
  }

  /** Starts the process on what its folder holds, and waits until it answers. */
  async run(): Promise<void> {
    const flags = ["-D", this.data, "-c", `listen_addresses=${this.place.address}`, "-c", `port=${this.port}`];
    const started = new Program({ place: this.place, argv: [program("postgres"), ...flags], unprivileged: true, cwd: this.folder });
    this.#program = started;
    await until("PostgreSQL answering", async () => {
      if (!started.running()) throw new Error(`PostgreSQL ended: ${started.log}`);
      return (await this.sql("select 1").catch(() => this.sql("select 1", "postgres")).catch(() => "")) !== "";
    }, 60_000);
  }

  running(): boolean {
    return this.#program?.running() ?? false;
  }

  pause(): void {
    this.#program?.pause();
  }

  resume(): void {
    this.#program?.resume();
  }

  async end(how: NodeJS.Signals = "SIGINT"): Promise<void> {
    await this.#program?.end(how);
  }

  async promote(): Promise<void> {
    await this.sql("select pg_promote(true, 60)");
  }

  /** What `statement` answers, a row a line, columns parted by "|". */
  async sql(statement: string, database = databaseName): Promise<string> {
    return (await runSoon([...this.#client("psql", database), "-AtXq", "-v", "ON_ERROR_STOP=1", "-c", statement])).trim();
  }

  /** Runs a script, which may be longer than memory. */
  async script(pieces: Iterable<string>, database = databaseName): Promise<void> {
    await feed([...this.#client("psql", database), "-Xq", "-v", "ON_ERROR_STOP=1"], pieces);
  }

  /** All of the database as pg_dump writes it. */
  dump(): Promise<string> {
    return runSoon(this.#client("pg_dump"));
  }

  async remove(): Promise<void> {
    await this.end("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  #client(name: string, database = databaseName): string[] {
    return ["env", "PGCONNECT_TIMEOUT=5", program(name), "-h", this.place.address, "-p", String(this.port), "-U", databaseUser, "-d", database];
  }

  async #do(argv: string[]): Promise<void> {
    const [name = "", ...rest] = argv;
    await runSoon([...beginningOf(this.place, true), program(name), ...rest], 120_000, this.folder);
  }
}
