// Debian's prometheus and prometheus-alertmanager, each in a folder and on a port of its own.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";

const rules = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../deploy/prometheus/evergrant.rules.yml");

/** Why tests with it cannot run; false: they can. */
export const noPrometheus = ["prometheus", "prometheus-alertmanager"].find((one) => spawnSync(one, ["--version"]).error)?.concat(" is not installed") ?? false;

/** A program that says in its log where it listens. */
class Listener {
  url = "";
  protected readonly folder = mkdtempSync(path.join(tmpdir(), "evergrant-prometheus-"));
  #process: ChildProcess | undefined;

  protected file(name: string, text: string): string {
    const file = path.join(this.folder, name);
    writeFileSync(file, text);
    return file;
  }

  protected async run(program: string, args: string[]): Promise<void> {
    const child = spawn(program, [...args, "--web.listen-address=127.0.0.1:0"], { stdio: ["ignore", "ignore", "pipe"], cwd: this.folder });
    this.#process = child;
    let log = "";
    this.url = await new Promise<string>((resolve, reject) => {
      child.stderr?.on("data", (chunk: Buffer) => {
        log += chunk.toString();
        const address = /msg="Listening on" address=(\S+)/.exec(log)?.[1];
        if (address !== undefined) resolve(`http://${address}`);
      });
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`${program} ended (${code}): ${log}`)));
    });
    await until(`${program} to be ready`, async () => (await fetch(`${this.url}/-/ready`)).ok);
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class Alertmanager extends Listener {
  /** Tells a webhook of every alert, and of its end, at once. */
  static async start(receiver: string): Promise<Alertmanager> {
    const manager = new Alertmanager();
    const configuration = manager.file("alertmanager.yml", JSON.stringify({
      route: { receiver: "people", group_by: ["alertname"], group_wait: "0s", group_interval: "1s" },
      receivers: [{ name: "people", webhook_configs: [{ url: receiver, send_resolved: true }] }],
    }));
    await manager.run("prometheus-alertmanager", [`--config.file=${configuration}`, `--storage.path=${manager.folder}`, "--cluster.listen-address="]);
    return manager;
  }
}

export class Prometheus extends Listener {
  /** Scrapes the server every second by the shipped rules, of which nothing is changed but how long what they see must last. */
  static async start(server: { url: string; key: string }, alertmanager: Alertmanager): Promise<Prometheus> {
    const prometheus = new Prometheus();
    const rulesFile = prometheus.file("rules.yml", readFileSync(rules, "utf8").replaceAll(/^( +for: ).*$/gm, "$11s"));
    const configuration = prometheus.file("prometheus.yml", JSON.stringify({
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: [rulesFile],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager.url).host] }] }] },
      scrape_configs: [{
        job_name: "evergrant",
        authorization: { credentials: server.key },
        static_configs: [{ targets: [new URL(server.url).host] }],
      }],
    }));
    await prometheus.run("prometheus", [`--config.file=${configuration}`, `--storage.tsdb.path=${prometheus.folder}/data`]);
    return prometheus;
  }

  /** `data` of an answer of its API. */
  async ask(route: string): Promise<any> {
    const answer: any = await (await fetch(this.url + route)).json();
    if (answer.status !== "success") throw new Error(JSON.stringify(answer));
    return answer.data;
  }

  /** The values of a query. */
  async query(text: string): Promise<any[]> {
    return (await this.ask(`/api/v1/query?query=${encodeURIComponent(text)}`)).result;
  }
}
