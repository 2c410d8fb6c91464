// Published data that may lie beside the checkout.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../../shared/data");

/** The lines of a list that lies in ../shared/data; or nothing. */
export function sharedLines(name: string): string[] | undefined {
  const file = path.join(folder, name);
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter((line) => line.trim() !== "") : undefined;
}
