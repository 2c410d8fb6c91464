// We prove ourselves by a certificate (RFC 8705) to a real authorization server that asks for one.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TLSSocket } from "node:tls";
import { after, before, describe, it } from "node:test";
import { Provider } from "oidc-provider";
import { Evergrant } from "../support/evergrant.ts";

const tenant = "acme";

/** A self-signed certificate and its key, in files. */
function certificate(folder: string, name: string): { cert: string; key: string } {
  const files = { cert: path.join(folder, `${name}.pem`), key: path.join(folder, `${name}.key`) };
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", files.key, "-out", files.cert], { stdio: "ignore" });
  return files;
}

describe("a client known by its certificate", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "evergrant-tls-"));
  let server: Server;
  let url: string;
  let evergrant: Evergrant;

  before(async () => {
    const ours = certificate(folder, "evergrant");
    const theirs = certificate(folder, "issuer");
    server = createServer({ key: readFileSync(theirs.key), cert: readFileSync(theirs.cert), ca: readFileSync(ours.cert), requestCert: true, rejectUnauthorized: false });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const provider = new Provider(url, {
      clients: [{ client_id: "machine", redirect_uris: [], response_types: [], grant_types: ["client_credentials"], token_endpoint_auth_method: "tls_client_auth", tls_client_auth_subject_dn: "CN=evergrant" }],
      clientAuthMethods: ["tls_client_auth"],
      scopes: ["read"],
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        mTLS: {
          enabled: true,
          tlsClientAuth: true,
          getCertificate: (ctx) => {
            const shown = (ctx.socket as TLSSocket).getPeerX509Certificate();
            return shown === undefined ? undefined : new X509Certificate(shown.raw);
          },
          certificateAuthorized: (ctx) => (ctx.socket as TLSSocket).authorized,
          certificateSubjectMatches: (ctx, _property, expected) => (ctx.socket as TLSSocket).getPeerX509Certificate()?.subject === expected,
        },
      },
    });
    server.on("request", provider.callback());
    evergrant = await Evergrant.start({
      catalog: {
        "mutual.yaml": `id: mutual\nname: Mutual\ngrant_types: [client_credentials]\ntoken_url: ${url}/token\nclient_auth: tls_client_auth\nscopes: [read]\nrefresh: {policy: static}\n`,
      },
      environment: { EVERGRANT_EGRESS_CA_FILE: theirs.cert, EVERGRANT_TLS_CLIENT_CERTIFICATE: ours.cert, EVERGRANT_TLS_CLIENT_KEY: ours.key },
    });
    await evergrant.post("/api/tenants", { id: tenant, name: "Acme GmbH" });
    await evergrant.call("PUT", "/api/credentials/mutual", { clientId: "machine" });
  });
  after(async () => {
    await evergrant?.remove();
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  const obtain = (integrationId: string) => evergrant.post("/api/oauth/client-credentials", { tenantId: tenant, provider: "mutual", integrationId, scopes: ["read"] });

  it("is let in", async () => {
    const obtained = await obtain("machine");

    assert.equal(obtained.status, 200, JSON.stringify(obtained.body));
  });

  it("shows it to no server that it does not trust", async () => {
    await evergrant.end();
    await evergrant.run({ EVERGRANT_EGRESS_CA_FILE: path.join(folder, "evergrant.pem") });

    const refused = await obtain("elsewhere");

    assert.equal(refused.status, 502);
    assert.match(refused.body.message, /not trusted/);
  });

  it("is told what to set when it has none", async () => {
    await evergrant.end();
    await evergrant.run({ EVERGRANT_TLS_CLIENT_CERTIFICATE: "", EVERGRANT_TLS_CLIENT_KEY: "" });

    const refused = await obtain("without");

    assert.equal(refused.status, 400);
    assert.match(refused.body.message, /tls_client\.certificate/);
  });
});
