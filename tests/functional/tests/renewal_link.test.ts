// A grant dies where no console is configured: whoever is sent the alert connects it again from its link, and no one else.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { dies, impatient } from "../support/alert_scene.ts";
import { Browser } from "../support/browser.ts";
import { HttpSink } from "../support/http_sink.ts";
import { Scene, provider, tenant, until } from "../support/scene.ts";

describe("the link of an alert, without a console", () => {
  let scene: Scene;
  let sink: HttpSink;
  let link = "";
  before(async () => {
    sink = await HttpSink.start();
    scene = await Scene.set({ accessTokenSeconds: 2 }, {
      flags: ["--log-level", "trace"],
      environment: { ...impatient, SLACK_WEBHOOK_URL: sink.url },
    });
    await scene.connect();
    await dies(scene);
    await until("the alert", () => sink.at("/").length === 1);
    link = /http\S+\/api\/oauth\/renew\/\S+/.exec(sink.json("/")[0].text)?.[0] ?? "";
  });
  after(async () => {
    await scene.clear();
    await sink.stop();
  });

  const status = async (): Promise<string> =>
    (await scene.evergrant.get(`/api/oauth/status/${tenant}?provider=${provider}`)).body.tokens[0].status;
  const path = () => new URL(link).pathname;

  it("opens a page that names the connection and offers a button", async () => {
    const page = await new Browser().open(link);

    assert.equal(page.status, 200);
    assert.ok(page.text.includes(`<dd>${tenant}</dd>`) && page.text.includes("<button>"), page.text);
  });

  it("is JSON for who asks for it", async () => {
    const { body } = await scene.evergrant.get(path(), "", { accept: "application/json" });

    assert.deepEqual(body, { tenant, provider, integrationId: provider, status: "invalid", needed: true });
  });

  it("is one clear page when it was altered", async () => {
    const altered = link.replace(/.$/, (last) => (last === "A" ? "E" : "A"));

    for (const url of [altered, link.slice(0, -8), `${new URL(link).origin}/api/oauth/renew/x`]) {
      const page = await new Browser().open(url);
      assert.equal(page.status, 400);
      assert.ok(page.text.includes("This link has expired, or it is not whole; ask for a new one."), page.text);
    }
  });

  it("begins nothing for the form of another site", async () => {
    const answer = await scene.evergrant.call("POST", path(), undefined, "", { "sec-fetch-site": "cross-site" });

    assert.equal(answer.status, 403);
  });

  it("leads by its button to the provider and back, and the connection lives", async () => {
    const browser = new Browser();
    let page = await browser.submit(await browser.open(link), {});
    page = await browser.submit(page, { login: "alice", password: "anything" });
    page = await browser.submit(page, {});

    assert.ok(page.text.includes("<h1>Connected</h1>"), page.text);
    assert.equal(new URL(page.url).pathname, `/admin/clients/${tenant}`);
    assert.ok(browser.visited.some((url) => url.includes("/api/oauth/start/")));
    assert.equal(await status(), "healthy");
  });

  it("offers nothing any more", async () => {
    const page = await new Browser().open(link);

    assert.ok(page.text.includes("Nothing to be done") && !page.text.includes("<form"), page.text);
  });

  it("begins nothing any more either", async () => {
    const answer = await scene.evergrant.call("POST", path(), undefined, "", { accept: "application/json" });

    assert.deepEqual([answer.status, answer.body.needed, answer.body.authorizationUrl], [200, false, undefined]);
  });

  it("stands in the audit log as who began it", async () => {
    await until("the events", async () => {
      const { events } = (await scene.evergrant.get(`/api/audit?tenant=${tenant}&actor=${encodeURIComponent("renewal link")}`)).body;
      const done = events.filter((one: any) => one.outcome === "ok").map((one: any) => one.action);
      return done.includes("authorization.begin") && done.includes("authorization.finish");
    });
  });

  it("stands in no log", () => {
    const secret = path().split("/").at(-1) ?? "";

    assert.ok(secret.length > 20 && !scene.evergrant.log.includes(secret));
  });
});
