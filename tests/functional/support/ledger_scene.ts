// Evergrant beside the provider with the ledger; tenants are connected by a callback alone, without a browser.
import { Evergrant, type Answer, type Options } from "./evergrant.ts";
import { LedgerProvider, type Rotation } from "./ledger_provider.ts";

export const ledgerProvider = "ledger";

/** Stores app credentials for `provider` and makes the tenant. */
export async function introduce(evergrant: Evergrant, provider: string, tenants: string[]): Promise<void> {
  for (const id of tenants) {
    const created = await evergrant.post("/api/tenants", { id, name: id });
    if (created.status !== 201) throw new Error(JSON.stringify(created.body));
  }
  const stored = await evergrant.call("PUT", `/api/credentials/${provider}`, { clientId: "evergrant", clientSecret: "a secret" });
  if (stored.status !== 200) throw new Error(JSON.stringify(stored.body));
}

/** Authorizes, and plays the provider's redirect with a code that names the tenant. */
export async function connectByCallback(evergrant: Evergrant, provider: string, tenant: string): Promise<void> {
  const started = await evergrant.get(`/api/oauth/authorize/${tenant}?provider=${provider}`);
  if (started.status !== 200) throw new Error(JSON.stringify(started.body));
  const state = encodeURIComponent(started.body.state);
  const done = await evergrant.get(`/api/oauth/callback?code=${tenant}&state=${state}`, "");
  if (!(done.headers.get("location") ?? "").includes("oauth=success")) throw new Error(`not connected: ${JSON.stringify(done.body)}`);
}

export interface Row {
  status: string;
  error?: string;
}

export class LedgerScene {
  readonly evergrant: Evergrant;
  readonly provider: LedgerProvider;
  #asked = 86_400;

  private constructor(evergrant: Evergrant, provider: LedgerProvider) {
    this.evergrant = evergrant;
    this.provider = provider;
  }

  static async set(rotation: Rotation, tenants: string[], options: Options = {}, expiresIn = 3600,
    prepare: (provider: LedgerProvider) => void = () => {}): Promise<LedgerScene> {
    const provider = await LedgerProvider.start(rotation);
    provider.expiresIn = expiresIn;
    prepare(provider);
    const evergrant = await Evergrant.start({
      ...options,
      catalog: { [`${ledgerProvider}.yaml`]: provider.catalogFile(ledgerProvider) },
      environment: { EVERGRANT_REFRESH_AHEAD: "false", ...options.environment },
    });
    const scene = new LedgerScene(evergrant, provider);
    await introduce(evergrant, ledgerProvider, tenants);
    for (const tenant of tenants) await scene.connect(tenant);
    return scene;
  }

  connect(tenant: string): Promise<void> {
    return connectByCallback(this.evergrant, ledgerProvider, tenant);
  }

  read(tenant: string): Promise<Answer> {
    return this.evergrant.get(`/api/oauth/token/${tenant}/${ledgerProvider}`);
  }

  /** A read that asks for more life than ever before, and so causes a refresh. */
  refresh(tenant: string): Promise<Answer> {
    return this.evergrant.get(`/api/oauth/token/${tenant}/${ledgerProvider}?minTtl=${++this.#asked}`);
  }

  async row(tenant: string): Promise<Row> {
    const status = await this.evergrant.get(`/api/oauth/status/${tenant}?provider=${ledgerProvider}`);
    return status.body.tokens[0];
  }

  async clear(): Promise<void> {
    await this.evergrant.remove();
    await this.provider.stop();
  }
}
