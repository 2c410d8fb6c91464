// Bodies of any size pass through the proxy in constant memory. PROXY_MEGABYTES says how large: `make proxy-long` takes 10 GB.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { after, before, describe, it } from "node:test";
import { type ApiUpstream, upstreamScene } from "../support/api_upstream.ts";
import type { Evergrant } from "../support/evergrant.ts";

const megabytes = Number(process.env["PROXY_MEGABYTES"] ?? 256);
const bytes = megabytes * 1024 * 1024;
const piece = Buffer.alloc(256 * 1024, "p");

let evergrant: Evergrant;
let upstream: ApiUpstream;
let key: string;

before(async () => {
  ({ evergrant, upstream, key } = await upstreamScene());
});
after(async () => {
  await evergrant.remove();
  await upstream.stop();
});

/** What Evergrant has in memory now, and had at most, in megabytes. */
function memory(): { now: number; peak: number } {
  const status = readFileSync(`/proc/${evergrant.pid}/status`, "utf8");
  const of = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  return { now: of("VmRSS"), peak: of("VmHWM") };
}

function open(method: string, path: string): { sent: ReturnType<typeof httpRequest>; answered: Promise<IncomingMessage> } {
  const { port } = new URL(evergrant.url);
  const sent = httpRequest({ port, method, path: `/api/proxy/acme/demo${path}`, headers: { authorization: `Bearer ${key}` } });
  const answered = new Promise<IncomingMessage>((resolve, reject) => sent.once("response", resolve).once("error", reject));
  return { sent, answered };
}

function report(what: string, before: number, started: number): void {
  const seconds = (Date.now() - started) / 1000;
  console.log(`# ${what} ${megabytes} MB in ${seconds.toFixed(1)} s; memory ${before.toFixed(1)} MB before, at most ${memory().peak.toFixed(1)} MB`);
}

describe(`a body of ${megabytes} MB`, () => {
  it("comes down in constant memory", async () => {
    const before = memory().now;
    const started = Date.now();
    const { sent, answered } = open("GET", "/endless");
    sent.end();
    let received = 0;
    for await (const part of await answered) {
      received += (part as Buffer).length;
      if (received >= bytes) break;
    }

    report("down", before, started);
    assert.ok(memory().peak < before + 32, `${before} MB before, ${memory().peak} MB at most`);
  });

  it("goes up in constant memory", async () => {
    const before = memory().now;
    const started = Date.now();
    const { sent, answered } = open("PUT", "/upload");
    for (let written = 0; written < bytes; written += piece.length)
      if (!sent.write(piece)) await new Promise((resolve) => sent.once("drain", resolve));
    sent.end();
    let text = "";
    for await (const part of await answered) text += String(part);

    report("up", before, started);
    assert.deepEqual(JSON.parse(text), { bytes });
    assert.ok(memory().peak < before + 32, `${before} MB before, ${memory().peak} MB at most`);
  });
});
