// Evergrant with an organisation at Salesforce: a login host, an API, and acme connected by client credentials.
import { Evergrant } from "./evergrant.ts";
import { connectedApp, Salesforce } from "./salesforce.ts";
import { SalesforceApi } from "./salesforce_api.ts";

export interface SalesforceScene {
  evergrant: Evergrant;
  api: SalesforceApi;
  /** An application's, for acme alone. */
  key: string;
  clear: () => Promise<void>;
}

export async function salesforceScene(): Promise<SalesforceScene> {
  const [login, api] = [await Salesforce.start(), await SalesforceApi.start()];
  const evergrant = await Evergrant.start({
    catalog: { "salesforce.yaml": `${login.catalogFile()}api_base_url: ${api.url}\n` },
    environment: { EVERGRANT_REFRESH_AHEAD: "false", EVERGRANT_HEALTH_CHECK_MINUTES: "0" },
  });
  await evergrant.post("/api/tenants", { id: "acme", name: "Acme", settings: { region: "US" } });
  await evergrant.call("PUT", "/api/credentials/salesforce", connectedApp);
  const granted = await evergrant.post("/api/oauth/client-credentials",
    { tenantId: "acme", provider: "salesforce", params: { login_host: "acme.my.salesforce.com" } });
  if (granted.status !== 200) throw new Error(JSON.stringify(granted.body));
  const { key } = (await evergrant.post("/api/keys", { name: "application", role: "app", tenants: ["acme"] })).body;
  const clear = async (): Promise<void> => {
    await evergrant.remove();
    await api.stop();
    await login.stop();
  };
  return { evergrant, api, key, clear };
}
