// WireMock, a real HTTP server in a process of its own, whose faults are those of sockets.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const build = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../node_modules/wiremock/build");

export type SocketFault = "EMPTY_RESPONSE" | "MALFORMED_RESPONSE_CHUNK" | "RANDOM_DATA_THEN_CLOSE" | "CONNECTION_RESET_BY_PEER";

export function javaIsThere(): boolean {
  return spawnSync("java", ["-version"]).status === 0;
}

export class WireMock {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.url = url;
  }

  /** Listens on `port`, or on a free one. */
  static async start(port = 0): Promise<WireMock> {
    const jar = readdirSync(build).find((name) => name.endsWith(".jar")) ?? "";
    const flags = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-jar", path.join(build, jar), "--port", String(port), "--bind-address", "127.0.0.1"];
    const child = spawn("java", [...flags, "--container-threads", "10", "--no-request-journal"], { stdio: ["ignore", "pipe", "inherit"] });
    const bound = await new Promise<string>((resolve, reject) => {
      let printed = "";
      child.stdout.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        const found = /port:\s+(\d+)/.exec(printed)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once("error", reject);
      child.once("exit", () => reject(new Error(`WireMock ended: ${printed}`)));
    });
    return new WireMock(child, `http://127.0.0.1:${bound}`);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** From now on POST /token answers so. */
  async tokenAnswers(response: object): Promise<void> {
    const reset = await fetch(`${this.url}/__admin/mappings`, { method: "DELETE" });
    if (!reset.ok) throw new Error(await reset.text());
    const mapping = { request: { method: "POST", urlPath: "/token" }, response };
    const stored = await fetch(`${this.url}/__admin/mappings`, { method: "POST", body: JSON.stringify(mapping) });
    if (!stored.ok) throw new Error(await stored.text());
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
  }
}
