// What the fault tests share: one connected tenant, reads that force a refresh, and the claim that a fault hurts nobody.
import assert from "node:assert/strict";
import { Evergrant } from "./evergrant.ts";
import { introduce, type Row } from "./ledger_scene.ts";
import { until } from "./scene.ts";

export const faultyProvider = "faulty";
export const faultyTenant = "acme";

export class FaultyScene {
  readonly evergrant: Evergrant;
  #asked = 86_400;

  private constructor(evergrant: Evergrant) {
    this.evergrant = evergrant;
  }

  /** Evergrant beside the provider at `url`, which it waits two seconds for. Nothing is refreshed unless asked for. */
  static async set(url: string): Promise<FaultyScene> {
    const evergrant = await Evergrant.start({
      catalog: { [`${faultyProvider}.yaml`]: catalogFile(url) },
      environment: {
        EVERGRANT_REFRESH_AHEAD: "false",
        EVERGRANT_REFRESH_PROVIDER_TIMEOUT_SECONDS: "2",
        EVERGRANT_REFRESH_LEASE_SECONDS: "4",
      },
    });
    await introduce(evergrant, faultyProvider, [faultyTenant]);
    return new FaultyScene(evergrant);
  }

  read() {
    return this.evergrant.get(`/api/oauth/token/${faultyTenant}/${faultyProvider}`);
  }

  /** A read that asks for more life than ever before, and so causes a refresh. */
  refresh() {
    return this.evergrant.get(`/api/oauth/token/${faultyTenant}/${faultyProvider}?minTtl=${++this.#asked}`);
  }

  async row(): Promise<Row> {
    return (await this.evergrant.get(`/api/oauth/status/${faultyTenant}?provider=${faultyProvider}`)).body.tokens[0];
  }

  /** The provider fails: readers go on getting the token of before, marked, and the connection lives. */
  async servesDegraded(): Promise<Row> {
    const held = (await this.read()).body;

    const answer = await this.refresh();

    assert.equal(answer.status, 200);
    assert.equal(answer.body.accessToken, held.accessToken);
    assert.equal(answer.body.expiresAt, held.expiresAt);
    assert.equal(answer.body.degraded, true);
    assert.equal((await this.read()).body.degraded, true);
    const row = await this.row();
    assert.equal(row.status, "refresh_failed");
    return row;
  }

  /** The provider is well again: so is the connection, with another token, after the pause that was due. */
  async isWellAgain(): Promise<void> {
    const held = (await this.read()).body.accessToken;
    await until("service restored", async () => {
      const answer = await this.refresh();
      return answer.status === 200 && answer.body.degraded !== true && answer.body.accessToken !== held;
    }, 30_000);
    assert.equal((await this.row()).status, "healthy");
  }
}

function catalogFile(url: string): string {
  return `id: ${faultyProvider}
name: Faulty
grant_types: [authorization_code, refresh_token]
authorization_url: ${url}/authorize
token_url: ${url}/token
client_auth: client_secret_basic
scopes: [read]
refresh: {policy: static}
`;
}
