// Attack: somebody who is bound to one tenant names another's ids, by every route of the contract. What is another's answers
// like what does not exist, to the letter, and nothing of it changes.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { type Answer, Evergrant } from "../support/evergrant.ts";
import { LedgerProvider } from "../support/ledger_provider.ts";
import { connectByCallback, introduce, ledgerProvider } from "../support/ledger_scene.ts";

interface Attempt {
  method: string;
  route: string;
  body?: unknown;
}

const [own, victim, missing] = ["acme", "globex", "nobody"];
const jwtSecret = "a signing secret that is long enough for HS256";

function jwt(claims: object): string {
  const [header, payload] = [{ alg: "HS256", typ: "JWT" }, { exp: Math.floor(Date.now() / 1000) + 600, ...claims }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  return `${header}.${payload}.${createHmac("sha256", jwtSecret).update(`${header}.${payload}`).digest("base64url")}`;
}

/** Each way in which an operation of the contract can be given a tenant's id. */
function attempts(contract: any, tenant: string): Attempt[] {
  const found: Attempt[] = [];
  for (const [pattern, operations] of Object.entries<any>(contract.paths))
    for (const [method, operation] of Object.entries<any>(operations)) {
      if (!["get", "post", "put", "patch", "delete"].includes(method)) continue;
      const isTenant = (name: string) => ["clientId", "tenant"].includes(name) || (name === "id" && /tenants|clients/.test(pattern));
      const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => (isTenant(name) ? tenant : ledgerProvider));
      const fields = Object.keys(operation.requestBody?.content?.["application/json"]?.schema?.properties ?? {});
      const names = (operation.parameters ?? []).filter((one: any) => one.in === "query" && isTenant(one.name));
      const queries = ["", ...names.map((one: any) => `?${one.name}=${tenant}`)];
      const others = Object.fromEntries(fields.filter((one) => ["provider", "integrationId"].includes(one)).map((one) => [one, ledgerProvider]));
      const bodies = fields.includes("requests") ? [{ requests: [{ tenantId: tenant, integrationId: ledgerProvider }] }]
        : [others, ...fields.filter((one) => ["tenantId", "userId", "clientId"].includes(one)).map((one) => ({ ...others, [one]: tenant }))];
      for (const query of queries)
        for (const body of bodies) found.push({ method: method.toUpperCase(), route: path + query, ...(method === "get" ? {} : { body }) });
    }
  return found.filter((one) => JSON.stringify(one).includes(tenant));
}

describe("somebody bound to one tenant who names another", () => {
  let provider: LedgerProvider;
  let evergrant: Evergrant;
  let callers: Map<string, string>;
  let pairs: [Attempt, Attempt][];
  const answers: string[] = [];

  before(async () => {
    provider = await LedgerProvider.start({ policy: "strictly" });
    evergrant = await Evergrant.start({
      catalog: { [`${ledgerProvider}.yaml`]: provider.catalogFile(ledgerProvider) },
      environment: { EVERGRANT_REFRESH_AHEAD: "false", JWT_SECRET: jwtSecret, EVERGRANT_LIMITS_ADDRESS_REQUESTS_PER_SECOND: "0" },
    });
    await introduce(evergrant, ledgerProvider, [own!, victim!]);
    await connectByCallback(evergrant, ledgerProvider, victim!);
    callers = new Map([["a JWT", jwt({ sub: "u1", clientId: own })], ["nobody at all", ""]]);
    for (const role of ["app", "auditor"])
      callers.set(`a key of role ${role}`, (await evergrant.post("/api/keys", { name: role, role, tenants: [own] })).body.key);
    const contract = (await evergrant.get("/openapi.json")).body;
    const [real, absent] = [attempts(contract, victim!), attempts(contract, missing!)];
    pairs = real.map((one, n) => [one, absent[n]!]);
  });
  after(async () => {
    await evergrant?.remove();
    await provider?.stop();
  });

  const send = async (attempt: Attempt, key: string): Promise<string> => {
    const answer: Answer = await evergrant.call(attempt.method, attempt.route, attempt.body, key);
    answers.push(JSON.stringify(answer.body));
    const body = JSON.stringify(answer.body).replace(/"(request_id|timestamp)":"[^"]*"|"latency_ms":[\d.]+|req_[\w-]+/g, "…");
    return `${answer.status} ${answer.headers.get("www-authenticate") ?? ""} ${body}`.replaceAll(victim!, missing!);
  };

  it("gets the answer of one that does not exist, by each of the contract's routes", async () => {
    assert.ok(pairs.length >= 30, `${pairs.length} attempts`);
    for (const [caller, key] of callers)
      for (const [real, absent] of pairs)
        assert.equal(await send(real, key), await send(absent, key), `${real.method} ${real.route} ${JSON.stringify(real.body)} by ${caller}`);
  });

  it("sees nothing of it", () => {
    const secrets = [provider.accessToken(victim!), ...provider.ledger.map((one) => one.refreshToken)];

    for (const secret of secrets) assert.equal(answers.some((one) => one.includes(secret)), false);
  });

  it("changes nothing of it", async () => {
    const answer = await evergrant.get(`/api/oauth/token/${victim}/${ledgerProvider}`);

    assert.equal(answer.status, 200);
    assert.equal(answer.body.accessToken, provider.accessToken(victim!));
    assert.equal(provider.ledger.length, 0, "nothing was refreshed");
    assert.equal(provider.isRevoked(victim!), false);
  });
});
