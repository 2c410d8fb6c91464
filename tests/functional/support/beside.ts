// The command line against a running server, without waiting in it: what the server calls may live in this process.
import { spawn } from "node:child_process";
import path from "node:path";
import type { Evergrant } from "./evergrant.ts";

export function runBeside(evergrant: Evergrant, key: string, args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const binary = process.env["EVERGRANT_BINARY"] ?? path.resolve(import.meta.dirname, "../../../build/release/evergrant");
  const child = spawn(binary, args, { env: { EVERGRANT_URL: evergrant.url, EVERGRANT_API_KEY: key }, cwd: evergrant.folder });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (piece) => (stdout += String(piece)));
  child.stderr.on("data", (piece) => (stderr += String(piece)));
  child.stdin.end("from input");
  return new Promise((resolve, reject) => child.once("error", reject).once("close", (status) => resolve({ status, stdout, stderr })));
}
