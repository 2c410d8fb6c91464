// The scene most tests play in: Evergrant beside the real authorization server, one tenant, app credentials stored.
import { AuthorizationServer, client, type ServerOptions } from "./authorization_server.ts";
import { Evergrant, type Options } from "./evergrant.ts";

export { until } from "./until.ts";

export const provider = "demo";
export const tenant = "acme";

export class Scene {
  readonly evergrant: Evergrant;
  readonly server: AuthorizationServer;

  private constructor(evergrant: Evergrant, server: AuthorizationServer) {
    this.evergrant = evergrant;
    this.server = server;
  }

  static async set(serverOptions: ServerOptions = {}, options: Options = {}): Promise<Scene> {
    const server = await AuthorizationServer.start();
    const evergrant = await Evergrant.start({ ...options, catalog: { [`${provider}.yaml`]: server.catalogFile(provider, serverOptions) } });
    server.register(`${evergrant.publicUrl}/api/oauth/callback`, serverOptions);
    const created = await evergrant.post("/api/tenants", { id: tenant, name: "Acme GmbH" });
    if (created.status !== 201) throw new Error(JSON.stringify(created.body));
    const secret = serverOptions.signedBy === undefined ? { clientSecret: client.secret } : {};
    const stored = await evergrant.call("PUT", `/api/credentials/${provider}`, { clientId: client.id, ...secret });
    if (stored.status !== 200) throw new Error(JSON.stringify(stored.body));
    return new Scene(evergrant, server);
  }

  /** Authorize, log in, consent, callback: afterwards the tenant is connected. Returns where the browser ended. */
  async connect(): Promise<string> {
    const started = await this.evergrant.get(`/api/oauth/authorize/${tenant}?provider=${provider}`);
    if (started.status !== 200) throw new Error(JSON.stringify(started.body));
    return (await this.server.approve(started.body.authUrl)).url;
  }

  /** The presentations of each refresh token, most first. */
  presentations(): number[] {
    const counts = new Map<string, number>();
    for (const { refreshToken } of this.server.ledger) counts.set(refreshToken, (counts.get(refreshToken) ?? 0) + 1);
    return [...counts.values()].sort((a, b) => b - a);
  }

  async clear(): Promise<void> {
    await this.evergrant.remove();
    await this.server.stop();
  }
}
