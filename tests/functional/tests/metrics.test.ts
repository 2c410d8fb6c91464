// What /metrics says, held against the judge of such things, and what the dashboard and the rules ask of it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { LedgerScene } from "../support/ledger_scene.ts";

const tenant = "acme";
const noPromtool = spawnSync("promtool", ["--version"]).error ? "promtool is not installed" : false;

describe("the metrics of a server that has worked", () => {
  let scene: LedgerScene;
  let text = "";
  before(async () => {
    scene = await LedgerScene.set({ policy: "with_grace", graceSeconds: 600 }, [tenant]);
    await scene.read(tenant);
    await scene.refresh(tenant);
    scene.provider.fate = () => ({ hangUp: true });
    await scene.refresh(tenant);
    await scene.evergrant.get("/api/oauth/token/nobody/ledger");
    text = String((await scene.evergrant.get("/metrics")).body);
  });
  after(() => scene?.clear());

  it("are what Prometheus's own checker accepts", { skip: noPromtool }, () => {
    const checked = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });

    assert.equal(checked.status, 0, checked.stderr);
  });

  for (const [what, line] of Object.entries({
    "refreshes by provider and outcome": /^evergrant_refreshes_total\{outcome="refreshed",provider="ledger"\} 1$/m,
    "how long a refresh took": /^evergrant_refresh_duration_seconds_count\{outcome="refreshed",provider="ledger"\} 1$/m,
    "authorizations that came back": /^evergrant_callbacks_total\{outcome="success",provider="ledger"\} 1$/m,
    "tokens handed out from memory": /^evergrant_tokens_vended_total\{from="cache"\} \d+$/m,
    "refused reads": /^evergrant_tokens_refused_total\{error="no_connection"\} 1$/m,
    "how long the store takes": /^evergrant_store_call_duration_seconds_count\{engine="sqlite",use="write"\} \d+$/m,
    "calls that wait for the store": /^evergrant_store_calls_under_way\{engine="sqlite",use="write"\} \d+$/m,
    "refreshes under way": /^evergrant_refreshes_under_way 0$/m,
    "waits for another's lease": /^evergrant_lease_waits_total 0$/m,
    "connections by status": /^evergrant_connections\{status="refresh_failed"\} 1$/m,
    "when the next token of those that fail expires": /^evergrant_next_expiry_seconds\{status="refresh_failed"\} \d+$/m,
    "that no other token expires": /^evergrant_next_expiry_seconds\{status="healthy"\} \+Inf$/m,
    "how long audit events have waited": /^evergrant_audit_waiting_seconds [\d.e-]+$/m,
    "keys that end": /^evergrant_api_keys_expiring\{days="14"\} 0$/m,
    "keys that take far more than before": /^evergrant_unusual_callers 0$/m,
    "grants that a provider has yet to revoke": /^evergrant_revocations_waiting 0$/m,
    "and since when": /^evergrant_revocations_waiting_seconds 0$/m,
    "alerts on their way": /^evergrant_alert_deliveries_waiting 0$/m,
    "and since when the first": /^evergrant_alert_deliveries_waiting_seconds 0$/m,
    "token sets that wait for the store": /^evergrant_rescue_waiting 0$/m,
  }))
    it(`tell ${what}`, () => assert.match(text, line));
});

describe("a server that was asked to name its tenants", () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await LedgerScene.set({ policy: "with_grace", graceSeconds: 600 }, [tenant], { environment: { EVERGRANT_METRICS_TENANTS: "10" } });
  });
  after(() => scene?.clear());

  it("counts what happens to each", async () => {
    await scene.refresh(tenant);

    const text = String((await scene.evergrant.get("/metrics")).body);

    assert.match(text, /^evergrant_tenant_events_total\{action="token.refresh",outcome="ok",tenant="acme"\} 1$/m);
  });
});

describe("a server that was not", () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await LedgerScene.set({ policy: "with_grace", graceSeconds: 600 }, [tenant]);
  });
  after(() => scene?.clear());

  it("names none in any metric", async () => {
    await scene.refresh(tenant);

    assert.doesNotMatch(String((await scene.evergrant.get("/metrics")).body), /acme/);
  });
});
