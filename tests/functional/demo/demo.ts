// The demo: a real grant is obtained from a real authorization server, kept, expires, and is refreshed unnoticed.
import { Scene, provider, tenant, until } from "../support/scene.ts";

const once = process.env["DEMO_ONCE"] === "1";
const accessTokenSeconds = 8;
const bold = (text: string): string => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text);

let number = 0;
function step(text: string): void {
  console.log(`\n${bold(`${++number}. ${text}`)}`);
}
function tell(text: string): void {
  console.log(`   ${text}`);
}

const short = (token: string): string => `${token.slice(0, 10)}… (${token.length} characters)`;

async function readToken(scene: Scene): Promise<{ accessToken: string; expiresAt: string; took: number }> {
  const begun = performance.now();
  const answer = await scene.evergrant.get(`/api/oauth/token/${tenant}/${provider}`);
  if (answer.status !== 200) throw new Error(`the token could not be read: ${JSON.stringify(answer.body)}`);
  return { ...answer.body, took: performance.now() - begun };
}

async function obtain(scene: Scene): Promise<void> {
  step("The tenant's administrator asks for an authorization link");
  const started = await scene.evergrant.get(`/api/oauth/authorize/${tenant}?provider=${provider}`);
  const link = new URL(started.body.authUrl);
  tell(`GET /api/oauth/authorize/${tenant}?provider=${provider}`);
  tell(`It leads to ${link.origin}${link.pathname}, with a one-time state and a PKCE challenge (${link.searchParams.get("code_challenge_method")}).`);

  step("A browser opens it: login, consent, callback");
  const page = await scene.server.approve(started.body.authUrl, undefined, (what) => tell(`the ${what} page is filled in`));
  tell(`Evergrant exchanged the code and sent the browser on to ${page.url}`);
}

async function expireAndRefresh(scene: Scene): Promise<void> {
  step("An application reads the token");
  const first = await readToken(scene);
  tell(`GET /api/oauth/token/${tenant}/${provider} → ${short(first.accessToken)}, good until ${first.expiresAt}`);
  const again = await readToken(scene);
  tell(`Read again, from memory: ${again.took.toFixed(2)} ms including this script's HTTP client.`);

  step(`The token expires (${accessTokenSeconds} seconds here; an hour in real life)`);
  const refreshesBefore = scene.server.ledger.length;
  await until("the end of the first token", () => Date.now() > Date.parse(first.expiresAt), 60_000);
  tell(`It is ${new Date().toISOString()}: whoever kept the first token has one that is worth nothing.`);

  step("The application reads again and notices nothing");
  const second = await readToken(scene);
  const refreshes = scene.server.ledger.slice(refreshesBefore);
  tell(`GET /api/oauth/token/${tenant}/${provider} → ${short(second.accessToken)}, good until ${second.expiresAt}`);
  if (second.accessToken === first.accessToken || Date.parse(second.expiresAt) <= Date.now()) throw new Error("the token was not renewed");
  if (refreshes.length !== 1 || refreshes[0]?.outcome !== "granted" || scene.presentations()[0] !== 1)
    throw new Error(`not refreshed exactly once: ${JSON.stringify(refreshes.map((one) => one.outcome))}`);
  tell("The authorization server's own ledger: refreshed once meanwhile, the refresh token presented once and answered with a new one.");
}

function whatNext(scene: Scene): void {
  const { url, adminKey } = scene.evergrant;
  step("Yours to try: the server goes on running until you press Ctrl-C");
  tell(`Address        ${url}/docs   (its API, as a page)`);
  tell(`Admin key      ${adminKey}   (of this demo alone; its data folder goes with it)`);
  console.log(`
   curl -H 'Authorization: Bearer ${adminKey}' ${url}/api/oauth/token/${tenant}/${provider}
   curl -H 'Authorization: Bearer ${adminKey}' ${url}/api/oauth/status/${tenant}
   curl -H 'Authorization: Bearer ${adminKey}' ${url}/api/providers
   curl -H 'Authorization: Bearer ${adminKey}' ${url}/metrics
`);
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

// oidc-provider's advice to those who would run it in production is not part of the story.
console.warn = () => {};
console.info = () => {};

step("Evergrant starts on its embedded store, beside a real authorization server");
const scene = await Scene.set({ accessTokenSeconds });
try {
  tell(`Evergrant at ${scene.evergrant.url}; authorization server (npm oidc-provider, rotating refresh tokens) at ${scene.server.url}`);
  tell(`Tenant "${tenant}" is created and the OAuth client's credentials are stored, sealed.`);
  await obtain(scene);
  await expireAndRefresh(scene);
  if (once) {
    console.log("\nThat was the demo.");
  } else {
    const end = interrupted();
    whatNext(scene);
    await end;
    console.log("\nStopping.");
  }
} finally {
  await scene.clear();
}
