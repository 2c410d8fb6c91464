// Evergrant with one connection to the API at UPSTREAM, on one thread, for a load generator: prints `pid port path key` and
// serves until its standard input ends.
import { Evergrant } from "../tests/functional/support/evergrant.ts";
import { ApiUpstream } from "../tests/functional/support/api_upstream.ts";

async function main(): Promise<void> {
  const tokens = await ApiUpstream.start();
  const file = tokens.catalogFile("demo").replace(/^api_base_url:.*$/m, `api_base_url: ${process.env["UPSTREAM"] ?? ""}`);
  const evergrant = await Evergrant.start({
    catalog: { "demo.yaml": file },
    environment: { EVERGRANT_THREADS: "1", EVERGRANT_LIMITS_KEY_REQUESTS_PER_SECOND: "0" },
  });
  try {
    await evergrant.post("/api/tenants", { id: "acme", name: "Acme" });
    await evergrant.call("PUT", "/api/credentials/demo", { clientId: "id", clientSecret: "secret" });
    await evergrant.post("/api/oauth/client-credentials", { provider: "demo", integrationId: "demo", tenantId: "acme" });
    console.log(`${evergrant.pid} ${new URL(evergrant.url).port} /api/proxy/acme/demo/crm/v3/Leads ${evergrant.adminKey}`);
    for await (const ignored of process.stdin) void ignored;
  } finally {
    await evergrant.remove();
    await tokens.stop();
  }
}

void main();
