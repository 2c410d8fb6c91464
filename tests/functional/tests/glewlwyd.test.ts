// Grants at an authorization server of another make, Debian's glewlwyd, under an entry that extends the one for any OpenID provider.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { type Answer, Evergrant } from "../support/evergrant.ts";
import { Glewlwyd, noGlewlwyd, person, signatures } from "../support/glewlwyd.ts";

const provider = "glewlwyd";
/** It takes an assertion for the URL that it is sent to, and no other; and names itself in the callback, which its metadata do not say. */
const entry = `id: ${provider}
name: Glewlwyd
extends: oidc
assertion_audience: token_url
issuer_in_callback: true
`;
const secret = "a-secret-of-the-client";

describe("at glewlwyd", { skip: noGlewlwyd }, () => {
  let server: Glewlwyd;
  let evergrant: Evergrant;
  before(async () => {
    server = await Glewlwyd.start();
    evergrant = await Evergrant.start({ catalog: { "glewlwyd.yaml": entry } });
  });
  after(async () => {
    await evergrant?.remove();
    await server?.stop();
  });

  /** A tenant with app credentials of its own, of a client of the same name. */
  const settle = async (name: string, client: Record<string, unknown>, credentials: Record<string, unknown> = {}, params: Record<string, string> = {}) => {
    await server.register(name, `${evergrant.publicUrl}/api/oauth/callback`, client);
    assert.equal((await evergrant.post("/api/tenants", { id: name, name })).status, 201);
    const stored = await evergrant.call("PUT", `/api/tenants/${name}/credentials/${provider}`, {
      clientId: name,
      ...credentials,
      params: { issuer: server.issuer, ...params },
    });
    assert.equal(stored.status, 200, JSON.stringify(stored.body));
  };
  const bySecret = (name: string, client: Record<string, unknown> = {}) =>
    settle(name, { client_secret: secret, token_endpoint_auth_method: ["client_secret_basic"], ...client }, { clientSecret: secret });
  const connect = async (tenant: string): Promise<string> => {
    const started = await evergrant.get(`/api/oauth/authorize/${tenant}?provider=${provider}`);
    assert.equal(started.status, 200, JSON.stringify(started.body));
    return (await server.approve(started.body.authUrl)).url;
  };
  const row = async (tenant: string) => (await evergrant.get(`/api/oauth/status/${tenant}?provider=${provider}`)).body.tokens[0];
  const read = async (tenant: string): Promise<string> => (await evergrant.get(`/api/oauth/token/${tenant}/${provider}`)).body.accessToken;
  const report = (tenant: string, accessToken: string): Promise<Answer> =>
    evergrant.post("/api/oauth/token", { tenantId: tenant, provider, rejected: createHash("sha256").update(accessToken).digest("hex") });
  const revoke = (tenant: string) => evergrant.post("/api/oauth/revoke", { tenantId: tenant, integrationId: provider });
  const obtain = (tenant: string) =>
    evergrant.post("/api/oauth/client-credentials", { tenantId: tenant, provider, integrationId: "machine", scopes: ["read"] });

  describe("a person's grant", () => {
    const tenant = "acme";
    before(() => bySecret(tenant));

    it("is obtained, and known by whom", async () => {
      assert.match(await connect(tenant), /oauth=success/);

      const { issuer, name, email } = (await row(tenant)).grantedBy;
      assert.deepEqual({ issuer, name, email }, { issuer: server.issuer, name: person.name, email: person.email });
      assert.equal(await server.use(await read(tenant)), 200);
    });

    it("is refreshed once by many who report its token refused, and once more after that", async () => {
      for (const generation of [2, 3]) {
        const old = await read(tenant);
        await server.endAccessToken(old, tenant, secret);
        assert.equal(await server.use(old), 401);

        const answers = await Promise.all(Array.from({ length: 20 }, () => report(tenant, old)));

        assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [200]);
        assert.equal(new Set(answers.map((answer) => answer.body.accessToken)).size, 1);
        assert.equal(await server.use(answers[0]?.body.accessToken), 200);
        assert.equal(server.refreshTokens(tenant), generation);
      }
    });

    it("ends there when it is revoked here", async () => {
      assert.equal((await server.grants(tenant)).length, 1);

      assert.equal((await revoke(tenant)).body.revokedAtProvider, true);

      assert.deepEqual(await server.grants(tenant), []);
    });

    // It tells the end of a grant as it tells a typing error: 400 and no word.
    it("is tried again, not declared dead, when the person has taken it back and the answer does not say so", async () => {
      assert.match(await connect(tenant), /oauth=success/);
      const token = await read(tenant);
      await server.endGrants(tenant);
      await server.endAccessToken(token, tenant, secret);

      assert.equal((await report(tenant, token)).status, 502);

      const { status, hasToken } = await row(tenant);
      assert.deepEqual({ status, hasToken }, { status: "refresh_failed", hasToken: true });
    });
  });

  describe("an id_token", () => {
    for (const algorithm of Object.keys(signatures))
      it(`signed by ${algorithm} says who granted`, async () => {
        const tenant = `id-token-${algorithm}`;
        await bySecret(tenant, { sign_kid: algorithm });

        assert.match(await connect(tenant), /oauth=success/);
        assert.equal((await row(tenant)).grantedBy.email, person.email);
      });
  });

  describe("a grant to the app itself", () => {
    it("is obtained with a secret", async () => {
      await bySecret("machine");

      const obtained = await obtain("machine");

      assert.equal(obtained.status, 200, JSON.stringify(obtained.body));
      assert.deepEqual((await evergrant.get("/api/oauth/token/machine/machine")).body.scopes, ["read"]);
    });

    it("is obtained with a secret of any characters in the body", async () => {
      const odd = "a secret with : and % and + and ü";
      await settle("odd", { client_secret: odd, token_endpoint_auth_method: ["client_secret_post"] }, { clientSecret: odd }, { client_auth: "client_secret_post" });

      const obtained = await obtain("odd");

      assert.equal(obtained.status, 200, JSON.stringify(obtained.body));
    });
  });

  describe("a client that our signing keys prove", () => {
    const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
    let jwks: unknown;
    before(async () => {
      for (const algorithm of algorithms) {
        const made = await evergrant.post("/api/signing-keys", { algorithm });
        assert.equal(made.status, 201, JSON.stringify(made.body));
      }
      // Registered as a copy: it fetches keys only where they are called application/json.
      jwks = JSON.parse(await (await fetch(`${evergrant.url}/.well-known/jwks.json`)).text());
    });
    const bySignature = (tenant: string, algorithm: string) =>
      settle(tenant, { token_endpoint_auth_method: ["private_key_jwt"], jwks }, {}, { client_auth: "private_key_jwt", assertion_algorithm: algorithm });

    for (const algorithm of algorithms)
      it(`is let in by ${algorithm}`, async () => {
        await bySignature(`signer-${algorithm}`, algorithm);

        const obtained = await obtain(`signer-${algorithm}`);

        assert.equal(obtained.status, 200, JSON.stringify(obtained.body));
      });

    it("has a person's grant too, and its refresh", async () => {
      await bySignature("signer", "ES256");
      assert.match(await connect("signer"), /oauth=success/);

      const refreshed = await report("signer", await read("signer"));

      assert.equal(refreshed.status, 200, JSON.stringify(refreshed.body));
      assert.equal(server.refreshTokens("signer"), 2);
    });

    // Its revocation endpoint takes an assertion for its own URL alone, and refuses ours.
    it("is not told that a grant is revoked where it is not", async () => {
      assert.equal((await revoke("signer")).body.revokedAtProvider, false);

      assert.equal((await server.grants("signer")).length, 1);
    });
  });
});
