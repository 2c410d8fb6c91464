// A real browser for pages that people see: Debian's Chromium, driven by Playwright and judged by axe-core.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type Page, chromium } from "playwright-core";

const screenshots = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../build/screenshots");
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export function launch(): Promise<Browser> {
  // A sandbox of its own needs a user of its own.
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
}

/** Keeps the page as build/screenshots/<name>.png. */
export async function keep(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: path.join(screenshots, `${name}.png`), fullPage: true });
}

/** What axe-core finds against WCAG 2.2 A and AA, in words; empty: nothing. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await (await import("node:fs/promises")).readFile(axe, "utf8"));
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  return page.evaluate(async (values) => {
    const found = await (globalThis as any).axe.run({ runOnly: { type: "tag", values }, rules: { "target-size": { enabled: true } } });
    return found.violations.map((one: any) => `${one.id}: ${one.help}: ${one.nodes.map((node: any) => node.html).join(" ")}`);
  }, tags);
}

export async function assertAccessible(page: Page): Promise<void> {
  assert.deepEqual(await violations(page), [], page.url());
}
