// SMART App Launch 2.2 against an EHR that is strict where the specification says SHALL.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { Browser } from "../support/browser.ts";
import { Evergrant } from "../support/evergrant.ts";
import { SmartServer } from "../support/smart_server.ts";

const tenant = "clinic";
const id = "our-app";

interface Stage {
  evergrant: Evergrant;
  ehr: SmartServer;
}

/** Evergrant beside an EHR that knows it by a secret, or by the signatures of that algorithm. */
async function set(algorithm?: string): Promise<Stage> {
  const ehr = await SmartServer.start();
  const evergrant = await Evergrant.start();
  ehr.register({
    id,
    redirectUri: `${evergrant.publicUrl}/api/oauth/callback`,
    ...(algorithm === undefined ? { secret: "s:e c%ret" } : { jwksUri: `${evergrant.url}/.well-known/jwks.json`, algorithms: [algorithm] }),
  });
  await evergrant.post("/api/tenants", { id: tenant, name: "The Clinic" });
  const credentials =
    algorithm === undefined
      ? { clientId: id, clientSecret: "s:e c%ret" }
      : { clientId: id, params: { client_auth: "private_key_jwt", assertion_algorithm: algorithm } };
  assert.equal((await evergrant.call("PUT", "/api/credentials/smart", credentials)).status, 200);
  if (algorithm !== undefined) assert.equal((await evergrant.post("/api/signing-keys", { algorithm })).status, 201);
  return { evergrant, ehr };
}

async function clear(stage: Stage | undefined): Promise<void> {
  await stage?.evergrant.remove();
  await stage?.ehr.stop();
}

const isEnd = (url: URL): boolean => url.pathname.startsWith("/admin/clients/");
const started = (stage: Stage, fields: object = {}) =>
  stage.evergrant.post("/api/oauth/authorize", { tenantId: tenant, provider: "smart", params: { fhirBaseUrl: stage.ehr.fhirBase }, ...fields });
const read = (stage: Stage, integration = "smart") => stage.evergrant.get(`/api/oauth/token/${tenant}/${integration}`);

describe("a standalone launch", () => {
  let stage: Stage;
  before(async () => {
    stage = await set();
  });
  after(() => clear(stage));
  afterEach(() => assert.deepEqual(stage.ehr.broken, []));

  it("reads the endpoints from the FHIR base and connects", async () => {
    const begun = await started(stage);
    assert.equal(begun.status, 200, JSON.stringify(begun.body));

    const page = await new Browser().open(begun.body.authorizationUrl, isEnd);

    assert.match(page.url, /oauth=success/);
  });

  it("leaves out launch, and asks for a patient by launch/patient", async () => {
    const asked = stage.ehr.asked.at(-1);

    assert.equal(asked?.get("launch"), null);
    assert.match(asked?.get("scope") ?? "", /launch\/patient/);
  });

  it("has a new state, challenge and code verifier each time", async () => {
    const first = stage.ehr.asked.at(-1);
    await new Browser().open((await started(stage)).body.authorizationUrl, isEnd);
    const second = stage.ehr.asked.at(-1);

    assert.notEqual(first?.get("state"), second?.get("state"));
    assert.notEqual(first?.get("code_challenge"), second?.get("code_challenge"));
  });

  it("serves the launch context with the token", async () => {
    const { body } = await read(stage);

    assert.equal(body.metadata.patient, "patient-123");
    assert.equal(body.metadata.encounter, "encounter-9");
    assert.equal(body.metadata.need_patient_banner, true);
    assert.equal(body.metadata.intent, "reconcile-medications");
    assert.equal(body.metadata.tenant, "hospital-7");
    assert.match(body.metadata.smart_style_url, /style\.json$/);
    assert.deepEqual(body.metadata.fhirContext, [{ reference: "ImagingStudy/5" }]);
  });

  it("keeps the launch context over a refresh that does not repeat it", async () => {
    const refreshed = await stage.evergrant.post("/api/oauth/token", { tenantId: tenant, integrationId: "smart", forceRefresh: true });

    assert.equal(refreshed.status, 200, JSON.stringify(refreshed.body));
    assert.equal(refreshed.body.metadata.patient, "patient-123");
  });

  it("asks a server of version 1 alone for scopes of version 1", async () => {
    stage.ehr.capabilities = ["launch-standalone", "permission-v1"];
    const other = await set();
    other.ehr.capabilities = ["launch-standalone", "permission-v1"];

    const begun = await started(other, { scopes: ["patient/Observation.rs", "patient/Condition.cruds", "offline_access"] });

    assert.equal(new URL(begun.body.authorizationUrl).searchParams.get("scope"), "patient/Observation.read patient/Condition.* offline_access");
    await clear(other);
  });

  it("is not begun at a server that offers PKCE without S256", async () => {
    const other = await set();
    other.ehr.configuration = { code_challenge_methods_supported: ["plain"] };

    const refused = await started(other);

    assert.equal(refused.status, 502);
    assert.match(refused.body.message, /S256/);
    await clear(other);
  });
});

describe("an EHR launch", () => {
  let stage: Stage;
  before(async () => {
    stage = await set();
    const registered = await stage.evergrant.call("PUT", "/api/launch-issuers", { provider: "smart", issuer: stage.ehr.fhirBase, tenantId: tenant, integrationId: "ehr" });
    assert.equal(registered.status, 200, JSON.stringify(registered.body));
  });
  after(() => clear(stage));
  afterEach(() => assert.deepEqual(stage.ehr.broken, []));

  const launchUrl = (issuer: string, launch: string) =>
    `${stage.evergrant.publicUrl}/api/oauth/launch/smart?${new URLSearchParams({ iss: issuer, launch }).toString()}`;

  it("by a registered FHIR server connects its tenant, in the browser that was opened", async () => {
    const page = await new Browser().open(launchUrl(stage.ehr.fhirBase, stage.ehr.newLaunch()), isEnd);

    assert.match(page.url, new RegExp(`/admin/clients/${tenant}\\?oauth=success`));
    assert.equal((await read(stage, "ehr")).body.metadata.patient, "patient-123");
  });

  it("gives back the launch value, with the scope launch", () => {
    const asked = stage.ehr.asked.at(-1);

    assert.match(asked?.get("scope") ?? "", /^launch /);
    assert.doesNotMatch(asked?.get("scope") ?? "", /launch\/patient/);
    assert.notEqual(asked?.get("launch"), null);
  });

  it("finished by another browser is refused before any token request", async () => {
    const opened = await fetch(launchUrl(stage.ehr.fhirBase, stage.ehr.newLaunch()), { redirect: "manual" });
    const ticket = await fetch(opened.headers.get("location") ?? "", { redirect: "manual" });
    const atEhr = await fetch(ticket.headers.get("location") ?? "", { redirect: "manual" });
    const before = stage.ehr.presented.length;

    const back = await fetch(atEhr.headers.get("location") ?? "", { redirect: "manual", headers: { accept: "application/json" } });

    assert.equal(back.status, 400);
    assert.equal(stage.ehr.presented.length, before);
  });

  it("by a server that is not registered is refused, and nothing is asked of it", async () => {
    const stranger = await SmartServer.start();

    const refused = await fetch(launchUrl(stranger.fhirBase, "x"), { redirect: "manual", headers: { accept: "application/json" } });

    assert.equal(refused.status, 400);
    assert.match(((await refused.json()) as { message: string }).message, /not registered/);
    assert.deepEqual(stranger.asked, []);
    await stranger.stop();
  });

  it("of another tenant's server cannot be registered", async () => {
    await stage.evergrant.post("/api/tenants", { id: "other", name: "Other" });

    const refused = await stage.evergrant.call("PUT", "/api/launch-issuers", { provider: "smart", issuer: `${stage.ehr.fhirBase}/`, tenantId: "other" });

    assert.equal(refused.status, 409);
  });
});

for (const algorithm of ["RS384", "ES384"])
  describe(`a Backend Service known by ${algorithm}`, () => {
    let stage: Stage;
    before(async () => {
      stage = await set(algorithm);
    });
    after(() => clear(stage));
    afterEach(() => assert.deepEqual(stage.ehr.broken, []));

    const obtain = () =>
      stage.evergrant.post("/api/oauth/client-credentials", { tenantId: tenant, provider: "smart", integrationId: "backend", scopes: ["system/Patient.rs"], params: { fhirBaseUrl: stage.ehr.fhirBase } });

    it("obtains a token for five minutes by a signed assertion", async () => {
      const obtained = await obtain();

      assert.equal(obtained.status, 200, JSON.stringify(obtained.body));
      assert.deepEqual((await read(stage, "backend")).body.scopes, ["system/Patient.rs"]);
    });

    it("names itself, the token endpoint and its key in the assertion", () => {
      const assertion = stage.ehr.presented.at(-1)?.assertion;

      assert.equal(assertion?.["alg"], algorithm);
      assert.equal(assertion?.["iss"], id);
      assert.equal(assertion?.["sub"], id);
      assert.match(String(assertion?.["kid"]), /^[A-Za-z0-9_-]{43}$/);
    });

    it("makes a new assertion for every request", async () => {
      await stage.evergrant.post("/api/oauth/token", { tenantId: tenant, integrationId: "backend", forceRefresh: true });

      const ids = stage.ehr.presented.map((one) => one.assertion?.["jti"]);
      assert.equal(new Set(ids).size, ids.length);
      assert.ok(ids.length >= 1);
    });

    it("connects a person too, by the same signatures", async () => {
      const page = await new Browser().open((await started(stage)).body.authorizationUrl, isEnd);

      assert.match(page.url, /oauth=success/);
      assert.equal(stage.ehr.presented.at(-1)?.assertion?.["alg"], algorithm);
    });
  });
