// A network of the test's own: each part in a network namespace, all joined by a bridge in one more, and this process with a
// leg in it. Partitions are nftables rules at both ends. Where the machine allows no namespaces everything is on loopback.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { type Place, run } from "./program.ts";

const prefix = "egf";
let networks = 0;

export class Network {
  /** Whether parts can be cut off from each other. */
  readonly separated: boolean;
  readonly #name: string;
  readonly #subnet: string;
  readonly #places = new Map<string, Place>();
  readonly #cuts = new Set<string>();
  #legs = 0;
  readonly #remove = () => this.remove();

  constructor() {
    removeStale();
    this.#name = `${prefix}-${process.pid}-${++networks}`;
    this.#subnet = freeSubnet();
    this.separated = this.#make();
    if (!this.separated) console.log("network namespaces are not permitted here: all parts are on loopback, and none is cut off");
    process.once("exit", this.#remove);
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));
  }

  /** A namespace with an address of its own; the same for the same name. */
  place(name: string): Place {
    const known = this.#places.get(name);
    if (known) return known;
    const place = this.separated ? this.#addPlace(name) : { name, address: "127.0.0.1", enter: [] };
    this.#places.set(name, place);
    return place;
  }

  /** From now on nothing passes between the two, and neither is told. */
  cut(a: string, b: string): void {
    this.cutOneWay(a, b);
    this.cutOneWay(b, a);
  }

  /** From now on nothing that `from` sends arrives at `to`. */
  cutOneWay(from: string, to: string): void {
    if (!this.separated || this.#cuts.has(`${from} ${to}`)) return;
    this.#cuts.add(`${from} ${to}`);
    this.#nft(to, `add element ip evergrant cut { ${this.place(from).address} }`);
  }

  heal(a: string, b: string): void {
    for (const [from, to] of [[a, b], [b, a]] as const)
      if (this.#cuts.delete(`${from} ${to}`)) this.#nft(to, `delete element ip evergrant cut { ${this.place(from).address} }`);
  }

  /** A port that nothing at `place` uses now. */
  freePort(place: Place): Promise<number> {
    return freePort(this.separated ? "127.0.0.1" : place.address);
  }

  remove(): void {
    process.off("exit", this.#remove);
    if (this.separated) removeNamespaces(`${this.#name}-`);
  }

  #make(): boolean {
    const hub = `${this.#name}-hub`;
    if (process.getuid?.() !== 0 || spawnSync("ip", ["netns", "add", hub]).status !== 0) return false;
    try {
      const leg = `${prefix}${process.pid}n${networks}`;
      run(["ip", "-n", hub, "-batch", "-"], "link add bridge type bridge\nlink set bridge up\n");
      run(["ip", "-batch", "-"], `link add ${leg} type veth peer name host netns ${hub}\naddr add ${this.#subnet}.1/24 dev ${leg}\nlink set ${leg} up\n`);
      run(["ip", "-n", hub, "-batch", "-"], "link set host master bridge\nlink set host up\n");
      this.#addPlace("probe");
      return true;
    } catch (error) {
      console.log(String(error));
      removeNamespaces(`${this.#name}-`);
      return false;
    }
  }

  #addPlace(name: string): Place {
    const [hub, space] = [`${this.#name}-hub`, `${this.#name}-${name}`];
    const leg = `leg${++this.#legs}`;
    const address = `${this.#subnet}.${10 + this.#legs}`;
    run(["ip", "netns", "add", space]);
    run(["ip", "-n", hub, "-batch", "-"], `link add ${leg} type veth peer name net0 netns ${space}\nlink set ${leg} master bridge\nlink set ${leg} up\n`);
    run(["ip", "-n", space, "-batch", "-"], `link set lo up\naddr add ${address}/24 dev net0\nlink set net0 up\n`);
    const place = { name, address, enter: ["nsenter", `--net=/run/netns/${space}`, "--"] };
    run([...place.enter, "nft", "-f", "-"], `table ip evergrant {
  set cut { type ipv4_addr; }
  chain arriving { type filter hook input priority 0; ip saddr @cut drop; }
}
`);
    return place;
  }

  #nft(name: string, command: string): void {
    run([...this.place(name).enter, "nft", command]);
  }
}

/** A port that nothing at `address`, one of this machine's, uses now. */
export async function freePort(address: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** 198.18.0.0/15 is for tests of networks and leads nowhere. */
function freeSubnet(): string {
  const used = spawnSync("ip", ["-o", "-4", "addr"], { encoding: "utf8" }).stdout ?? "";
  for (let i = 0; i < 512; ++i) {
    const number = (process.pid + i) % 512;
    const subnet = `198.${18 + (number >> 8)}.${number & 255}`;
    if (!used.includes(` ${subnet}.`)) return subnet;
  }
  throw new Error("no free test network in 198.18.0.0/15");
}

/** With all that runs in them. */
function removeNamespaces(beginning: string): void {
  const listed = spawnSync("ip", ["netns", "list"], { encoding: "utf8" }).stdout ?? "";
  for (const name of listed.split("\n").map((line) => line.split(" ")[0] ?? "").filter((each) => each.startsWith(beginning))) {
    const pids = spawnSync("ip", ["netns", "pids", name], { encoding: "utf8" }).stdout ?? "";
    for (const pid of pids.split("\n").filter(Boolean))
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        continue;
      }
    spawnSync("ip", ["netns", "del", name]);
  }
}

/** What a test that was killed left behind. */
function removeStale(): void {
  const listed = spawnSync("ip", ["netns", "list"], { encoding: "utf8" }).stdout ?? "";
  const owners = new Set([...listed.matchAll(new RegExp(`^${prefix}-(\\d+)-`, "gm"))].map((found) => found[1] ?? ""));
  for (const owner of owners) if (!existsSync(`/proc/${owner}`)) removeNamespaces(`${prefix}-${owner}-`);
}
