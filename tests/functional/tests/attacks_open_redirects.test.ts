// Attack: a link to this server that ends on another origin. Each payload of a published list is tried wherever a URL might be
// taken from a request; Chromium, in which every foreign name leads to a canary, is the judge.
import assert from "node:assert/strict";
import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { after, before, describe, it } from "node:test";
import { Canary } from "../support/canary.ts";
import { Evergrant } from "../support/evergrant.ts";
import { HttpSink } from "../support/http_sink.ts";
import { chromiumProgram, Judge } from "../support/judging_chromium.ts";
import { LedgerProvider } from "../support/ledger_provider.ts";
import { introduce, ledgerProvider } from "../support/ledger_scene.ts";
import { sharedLines } from "../support/shared_data.ts";

const tenant = "acme";
const agent = new Agent({ keepAlive: true });
const allowedHost = "www.whitelisteddomain.tld";
const published = sharedLines("open-redirects.txt");
const program = chromiumProgram();
const missing = published === undefined ? "the published list is not beside this checkout" : program === undefined ? "Chromium is not here" : false;

/** Spellings of the allowed origin that are it, and near misses. */
const ownPayloads = [
  `http://${allowedHost}/back?a=1#b`, `HTTP://${allowedHost.toUpperCase()}/`, `http://${allowedHost}:80/`, `http://${allowedHost}`,
  `http://${allowedHost}.evil.example/`, `http://evil.example/${allowedHost}`, `http://${allowedHost}:81/`, `http://${allowedHost}%2eevil.example/`,
  `http://${allowedHost}\\@evil.example/`, `http://${allowedHost}%00.evil.example/`, `//${allowedHost}@evil.example`, `http://${allowedHost}%40evil.example/`,
  `http://${allowedHost}\t.evil.example/`, `http://${allowedHost}/\\evil.example`, `http://${allowedHost}//evil.example/..`, `http://localhost@evil.example/`,
];

/** Of the answer to a path that is sent exactly so. */
function headersOf(server: string, path: string): Promise<IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    const asked = request(server, { path, headers: { accept: "text/html" }, agent }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.headers));
    });
    asked.once("error", reject);
    asked.end();
  });
}

describe("a link to this server", { skip: missing }, () => {
  const payloads = [...new Set([...(published ?? []), ...ownPayloads])];
  let provider: LedgerProvider;
  let allowed: HttpSink;
  let canary: Canary;
  let evergrant: Evergrant;
  let judge: Judge;
  const strayed: string[] = [];

  before(async () => {
    provider = await LedgerProvider.start({ policy: "strictly" });
    allowed = await HttpSink.start();
    canary = await Canary.start();
    evergrant = await Evergrant.start({
      catalog: { [`${ledgerProvider}.yaml`]: provider.catalogFile(ledgerProvider) },
      environment: { EVERGRANT_OAUTH_REDIRECT_ORIGINS: `http://${allowedHost}`, EVERGRANT_LIMITS_ADDRESS_REQUESTS_PER_SECOND: "0" },
    });
    await introduce(evergrant, ledgerProvider, [tenant]);
    judge = await Judge.start(program ?? "", canary, { [allowedHost]: Number(new URL(allowed.url).port) });
  });
  after(async () => {
    await judge?.stop();
    await evergrant?.remove();
    canary?.stop();
    await allowed?.stop();
    await provider?.stop();
  });

  const isHome = (end: string): boolean => {
    const origin = new URL(end.split(" ")[0] ?? "").origin;
    return origin === evergrant.publicUrl || origin === `http://${allowedHost}`;
  };
  const told = (visit: { payload: string }, end: string, references: string[]) => {
    if (!isHome(end)) strayed.push(`${visit.payload} → ${end}`);
    const foreign = references.filter((one) => /^<(a|form|meta|script|iframe|img|link|object|embed|base)\b/.test(one) && /(href|src|action|content)="?(?!\/(?!\/))\w*:?\/\//i.test(one));
    strayed.push(...foreign.map((one) => `${visit.payload} → ${one}`));
  };

  /** Callbacks of the authorizations whose redirectTo was taken. */
  const accepted = async (): Promise<{ payload: string; url: string }[]> => {
    const visits = [];
    for (const payload of payloads) {
      const byBody = await evergrant.post("/api/oauth/authorize", { provider: ledgerProvider, tenantId: tenant, redirectTo: payload });
      const byQuery = await evergrant.get(`/api/oauth/authorize/${tenant}?provider=${ledgerProvider}&redirectTo=${encodeURIComponent(payload)}`);
      assert.ok([200, 400].includes(byBody.status) && [200, 400].includes(byQuery.status), `${payload}: ${byBody.status}, ${byQuery.status}`);
      for (const url of [byBody.body.authorizationUrl, byQuery.body.authUrl])
        if (url !== undefined) {
          const state = new URL(url).searchParams.get("state") ?? "";
          visits.push({ payload, url: `${evergrant.publicUrl}/api/oauth/callback?code=${tenant}&state=${state}` });
        }
    }
    return visits;
  };

  it("whose redirectTo was taken ends on an allowed origin", async () => {
    const visits = await accepted();

    assert.ok(visits.some((visit) => visit.payload === ownPayloads[0]), "the allowed origin is allowed");
    await judge.follow(visits, told);

    assert.deepEqual(strayed, []);
    assert.ok(allowed.received.length >= visits.length / 2, "Chromium has been there");
  });

  const names = ["redirectTo", "redirect_uri", "next", "url", "error", "error_description", "error_uri", "iss", "reason", "provider", "state"];
  const inPath = (payload: string) => payload.replace(/^\/?/, "/").replace(/[^!-~]|#/g, encodeURIComponent);
  const routes = ["/api/oauth/callback?", `/admin/clients/${tenant}?oauth=error&`, "/?"];

  it("with a URL in its path or in a parameter is answered without a way elsewhere", async () => {
    const asked = payloads.flatMap((payload) => {
      const query = names.map((name) => `${name}=${encodeURIComponent(payload)}`).join("&");
      return [inPath(payload), `/api/oauth/start${inPath(payload)}`, ...routes.map((route) => route + query)].map((path) => ({ payload, path }));
    });

    for (const { payload, path } of asked) {
      const { location, refresh } = await headersOf(evergrant.url, path);
      for (const target of [location, String(refresh ?? "").replace(/^.*url=/i, "")])
        if (target !== undefined && target !== "" && !isHome(new URL(target, evergrant.publicUrl).href)) strayed.push(`${payload} → ${target}`);
    }

    assert.deepEqual(strayed, []);
  });

  it("with a URL in its path or in a parameter keeps Chromium here", async () => {
    const paths = payloads.filter((_, n) => n % 6 === 0).map((payload) => ({ payload, url: evergrant.publicUrl + inPath(payload) }));
    const queries = payloads.flatMap((_, n) => {
      if (n % names.length !== 0) return [];
      const query = names.map((name, at) => `${name}=${encodeURIComponent(payloads[(n + at) % payloads.length] ?? "")}`).join("&");
      return routes.map((route) => ({ payload: query, url: evergrant.publicUrl + route + query }));
    });

    await judge.follow([...paths, ...queries], told);

    assert.deepEqual(strayed, []);
  });

  it("makes the browser ask nothing of anybody else", () => {
    assert.deepEqual(judge.asked.filter((url) => !isHome(url)), []);
    assert.deepEqual(canary.heard, []);
  });
});
