// Evergrant beside the real authorization server, whose grants a test can have revoked there, with receivers of alerts.
import { createHmac } from "node:crypto";
import { client } from "./authorization_server.ts";
import type { Received } from "./http_sink.ts";
import { Scene, provider, tenant, until } from "./scene.ts";

export const webhookSecret = `whsec_${Buffer.from("a key of thirty-two bytes, or so").toString("base64")}`;

/** Told quickly, and again quickly. */
export const impatient = { EVERGRANT_DEV: "true", EVERGRANT_ALERTS_SETTLE_SECONDS: "0", ALERT_THROTTLE_MINUTES: "0" };

/** The provider ends the grant: it sees a refresh token a second time, and takes it for stolen. */
export async function revokeAtProvider(scene: Scene): Promise<void> {
  await until("a refresh", () => scene.server.ledger.some((one) => one.outcome === "granted"));
  const spent = scene.server.ledger.find((one) => one.outcome === "granted")?.refreshToken ?? "";
  const credentials = `${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret)}`;
  const answer = await fetch(`${scene.server.url}/token`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: spent }),
  });
  if (answer.status !== 400) throw new Error(`the provider took a spent refresh token: ${answer.status}`);
}

export async function dies(scene: Scene): Promise<void> {
  await revokeAtProvider(scene);
  await until("the death", async () => (await scene.evergrant.get(`/api/oauth/status/${tenant}?provider=${provider}`)).body.tokens[0].status === "invalid");
}

/** As a receiver checks it: the signature over id, time and body. */
export function isSigned(one: Received, secret = webhookSecret): boolean {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const text = `${one.headers["webhook-id"]}.${one.headers["webhook-timestamp"]}.${one.body}`;
  const age = Math.abs(Date.now() / 1000 - Number(one.headers["webhook-timestamp"]));
  return age < 300 && one.headers["webhook-signature"] === `v1,${createHmac("sha256", key).update(text).digest("base64")}`;
}
