// Chromium as a judge of where links lead: every name resolves to one canary, except those that a test names as its own.
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { chromium, type BrowserContext } from "playwright-core";
import type { Canary } from "./canary.ts";

/** The browser's program, found by PATH; or nothing. */
export function chromiumProgram(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return folders.flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => path.join(folder, name)))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export class Judge {
  /** Every URL that a page asked for. */
  readonly asked: string[] = [];
  readonly #context: BrowserContext;
  readonly #close: () => Promise<void>;

  private constructor(context: BrowserContext, close: () => Promise<void>) {
    this.#context = context;
    this.#close = close;
    context.on("request", (request) => this.asked.push(request.url()));
  }

  /** `own`: names that lead to this machine's ports instead of the canary. */
  static async start(program: string, canary: Canary, own: Record<string, number>): Promise<Judge> {
    const rules = [...Object.entries(own).map(([host, port]) => `MAP ${host} 127.0.0.1:${port}`), `MAP * 127.0.0.1:${canary.port}`, "EXCLUDE localhost"];
    const browser = await chromium.launch({
      executablePath: program,
      args: ["--no-sandbox", "--no-proxy-server", "--disable-component-update", `--host-resolver-rules=${rules.join(", ")}`],
    });
    return new Judge(await browser.newContext(), () => browser.close());
  }

  /** Opens each URL, some at once, and follows it to its end; tells of each where that was, and what the page refers to. */
  async follow<T extends { url: string }>(visits: T[], told: (visit: T, end: string, references: string[]) => void, atOnce = 3): Promise<void> {
    const left = [...visits];
    await Promise.all(Array.from({ length: atOnce }, async () => {
      const page = await this.#context.newPage();
      for (let visit = left.shift(); visit !== undefined; visit = left.shift()) {
        let failed = "";
        await page.goto(visit.url, { waitUntil: "load", timeout: 10_000 }).catch((error: Error) => (failed = error.message.split("\n")[0] ?? "failed"));
        const references = failed !== "" ? [] : await page.$$eval("a,form,meta[http-equiv=refresh],script,iframe,img,link,object,embed,base",
          (found) => found.map((one) => one.outerHTML.slice(0, 200)));
        told(visit, failed === "" ? page.url() : `${page.url()} ${failed}`, references);
      }
      await page.close();
    }));
  }

  async stop(): Promise<void> {
    await this.#close();
  }
}
