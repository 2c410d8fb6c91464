// A caller's W3C traceparent is logged and handed on to the provider.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { LedgerScene, ledgerProvider } from "../support/ledger_scene.ts";

const tenant = "acme";
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

describe("a request with a traceparent", () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await LedgerScene.set({ policy: "strictly" }, [tenant], { flags: ["--log-level", "debug"] });
  });
  after(() => scene?.clear());

  const refresh = (header: string) => scene.evergrant.get(`/api/oauth/token/${tenant}/${ledgerProvider}?minTtl=${90_000 + scene.provider.ledger.length}`, undefined, { traceparent: header });

  it("has the refresh that it causes sent under the same trace and another span", async () => {
    await refresh(traceparent);

    assert.match(scene.provider.lastHeaders["traceparent"]?.toString() ?? "", new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
  });

  it("is logged with its trace, and so is what it causes", async () => {
    await refresh(traceparent);

    const lines = scene.evergrant.log.split("\n").filter((line) => line.includes(`"trace_id":"${traceId}"`));
    assert.ok(lines.some((line) => line.includes('"event":"request"') && line.includes('"route":"/api/oauth/token/:tenant/:integrationId"')), lines.join("\n"));
    assert.ok(lines.some((line) => line.includes('"event":"refreshed"')), lines.join("\n"));
  });

  it("has its request id on every line that it causes", async () => {
    const answer = await refresh(traceparent);

    const id = answer.headers.get("x-request-id");
    const lines = scene.evergrant.log.split("\n").filter((line) => line.includes(`"request_id":"${id}"`));
    assert.deepEqual(lines.map((line) => JSON.parse(line).event).sort(), ["refreshed", "request"]);
    assert.ok(lines.every((line) => JSON.parse(line).trace_id === traceId), lines.join("\n"));
  });

  it("has nothing handed on if it is malformed", async () => {
    await refresh("00-not-a-trace-01");

    assert.equal(scene.provider.lastHeaders["traceparent"], undefined);
  });

  it("has its request id on the line of what it has revoked", async () => {
    const answer = await scene.evergrant.call("POST", "/api/oauth/revoke", { tenantId: tenant, integrationId: ledgerProvider }, undefined, { traceparent });

    const line = scene.evergrant.log.split("\n").find((one) => one.includes('"event":"connection_revoked"')) ?? "{}";
    assert.deepEqual([JSON.parse(line).request_id, JSON.parse(line).trace_id], [answer.headers.get("x-request-id"), traceId]);
  });
});
