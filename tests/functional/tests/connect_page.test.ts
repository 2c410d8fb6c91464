// An application sends its end user to the connect page: in a real browser, against a real authorization server, as a page
// and as a window of the application's own page, with and without a script, in light and dark, narrow and wide.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, describe, it } from "node:test";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { AuthorizationServer, client } from "../support/authorization_server.ts";
import { assertAccessible, keep, launch } from "../support/chromium.ts";
import { Evergrant } from "../support/evergrant.ts";
import { provider, tenant, until } from "../support/scene.ts";

/** A provider that asks the person for something, which its test server does not look at. */
const shop = (server: AuthorizationServer) =>
  server.catalogFile("shop").replace("name: Demo authorization server", "name: Shop\ndescription: Your shop, its products and its orders.") +
  `parameters:
  - {name: shop, label: Shop name, description: "What stands before .shop.example.", example: acme-store, pattern: "[a-z0-9-]+", asked_of: person, required: true}
  - {name: region, label: Region, description: Where your shop is., allowed: [eu, us], default: eu, asked_of: person}
`;

/** A page of an application, which opens the connect page and keeps what it is told. */
async function startApp(): Promise<{ server: Server; origin: string }> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>App</title><script>window.told = []; addEventListener('message', (event) => told.push({ origin: event.origin, data: event.data }));</script>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe("the connect page", () => {
  let authorization: AuthorizationServer;
  let evergrant: Evergrant;
  let browser: Browser;
  let app: { server: Server; origin: string };
  let stranger: { server: Server; origin: string };
  let appKey = "";
  const contexts: BrowserContext[] = [];

  before(async () => {
    [app, stranger, authorization, browser] = await Promise.all([startApp(), startApp(), AuthorizationServer.start(), launch()]);
    evergrant = await Evergrant.start({
      catalog: { "demo.yaml": authorization.catalogFile(provider), "shop.yaml": shop(authorization) },
      environment: { EVERGRANT_OAUTH_REDIRECT_ORIGINS: app.origin },
      flags: ["--log-level", "trace"],
    });
    authorization.register(`${evergrant.publicUrl}/api/oauth/callback`);
    await evergrant.post("/api/tenants", { id: tenant, name: "Acme GmbH" });
    for (const id of [provider, "shop"])
      await evergrant.call("PUT", `/api/credentials/${id}`, { clientId: client.id, clientSecret: client.secret });
    appKey = (await evergrant.post("/api/keys", { name: "app", role: "app", tenants: [tenant], providers: [provider, "shop"] })).body.key;
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
  });
  after(async () => {
    await browser?.close();
    await evergrant?.remove();
    await authorization?.stop();
    for (const one of [app, stranger]) one?.server.close();
  });

  async function session(more: Record<string, unknown> = {}): Promise<{ id: string; url: string }> {
    const made = await evergrant.post("/api/connect/sessions", { tenantId: tenant, providers: [provider, "shop"], returnOrigin: app.origin, ...more }, appKey);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return made.body;
  }
  const status = async (id: string): Promise<any> => (await evergrant.get(`/api/connect/sessions/${id}`, appKey)).body;

  async function visitor(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext(options);
    contexts.push(context);
    return context.newPage();
  }
  /** At the authorization server: signs in and agrees. */
  async function approve(page: Page): Promise<void> {
    await page.waitForURL((url) => url.href.startsWith(authorization.url));
    await page.fill("input[name=login]", "alice");
    await page.fill("input[name=password]", "anything");
    await page.click("button[type=submit]");
    await page.waitForSelector("button[type=submit]");
    await page.click("button[type=submit]");
  }
  /** At the authorization server: goes back instead. */
  async function decline(page: Page): Promise<void> {
    await page.waitForURL((url) => url.href.startsWith(authorization.url));
    await page.click("a[href$=abort]");
  }
  const heading = (page: Page): Promise<string> => page.locator("h1").innerText();

  it("connects what a person chooses and agrees to", async () => {
    const { id, url } = await session();
    const page = await visitor();

    await page.goto(url);
    assert.equal(page.url(), `${evergrant.publicUrl}/connect/${id}`);
    await page.click("text=Demo authorization server");
    assert.match(await page.locator("main").innerText(), /for Acme GmbH[\s\S]*Know which account you connect/);
    await page.click("text=Continue to Demo authorization server");
    await approve(page);
    await page.waitForURL(`${evergrant.publicUrl}/connect/${id}/done`);

    assert.equal(await heading(page), "Connected");
    assert.equal(await page.locator("a[data-back]").getAttribute("href"), `${app.origin}/`);
    assert.deepEqual([(await status(id)).status, (await status(id)).integrationId], ["connected", provider]);
    const token = await evergrant.get(`/api/oauth/token/${tenant}/${provider}`, appKey);
    assert.equal(token.status, 200);
  });

  it("works without a script", async () => {
    const { id, url } = await session({ providers: ["shop"], integrationId: "second-shop" });
    const page = await visitor({ javaScriptEnabled: false });

    await page.goto(url);
    await page.fill("#field-shop", "acme-store");
    await page.selectOption("#field-region", "us");
    await page.click("button");
    await approve(page);
    await page.waitForURL(`${evergrant.publicUrl}/connect/${id}/done`);

    assert.equal(await heading(page), "Connected");
    assert.equal((await status(id)).integrationId, "second-shop");
  });

  it("says beside each field what is wrong, and on top, where it puts the focus", async () => {
    const page = await visitor();
    await page.goto((await session({ providers: ["shop"] })).url);

    await page.fill("#field-shop", "<b>not a shop</b>");
    await page.click("button");

    assert.equal(await page.locator("#field-shop").getAttribute("aria-invalid"), "true");
    assert.match(await page.locator("#field-shop-wrong").innerText(), /An example: acme-store/);
    assert.equal(await page.inputValue("#field-shop"), "<b>not a shop</b>");
    assert.equal(await page.evaluate(() => document.activeElement?.className), "summary");
    await page.click(".summary a");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "field-shop");
  });

  it("says that a person declined, and lets them try again", async () => {
    const { id, url } = await session({ providers: [provider] });
    const page = await visitor();
    await page.goto(url);
    await page.click("button");
    await decline(page);
    await page.waitForURL(`${evergrant.publicUrl}/connect/${id}/done`);

    assert.equal(await heading(page), "Not connected");
    assert.deepEqual([(await status(id)).status, (await status(id)).error], ["failed", "authorization_denied"]);
    await page.click("text=Try again");
    assert.equal(await heading(page), "Connect Demo authorization server");
  });

  describe("in a window that an application opened", () => {
    async function opened(by: string, url: string): Promise<{ opener: Page; popup: Page }> {
      const opener = await visitor();
      await opener.goto(by);
      const [popup] = await Promise.all([opener.waitForEvent("popup"), opener.evaluate((to) => void window.open(to, "connect", "width=520,height=720"), url)]);
      return { opener, popup };
    }
    const told = (opener: Page): Promise<any[]> => opener.evaluate(() => (window as any).told);

    it("tells it that it is connected, and closes", async () => {
      const { url } = await session({ providers: [provider] });
      const { opener, popup } = await opened(app.origin, url);
      const closed = popup.waitForEvent("close");

      await popup.click("button");
      await approve(popup);
      await closed;

      assert.deepEqual(await told(opener), [{ origin: evergrant.publicUrl, data: { type: "evergrant:connected", provider, integrationId: provider } }]);
    });

    it("tells it that it failed, and stays for another try", async () => {
      const { url } = await session({ providers: [provider] });
      const { opener, popup } = await opened(app.origin, url);

      await popup.click("button");
      await decline(popup);
      await popup.waitForSelector("text=Not connected");

      assert.deepEqual((await told(opener)).map((one) => one.data), [{ type: "evergrant:failed", provider, integrationId: provider, error: "authorization_denied" }]);
      assert.equal(popup.isClosed(), false);
    });

    it("is cut off by a provider that wants that: then it shows the way back, and the application can ask", async () => {
      const { id, url } = await session({ providers: [provider] });
      const { opener, popup } = await opened(app.origin, url);
      await popup.route(`${authorization.url}/**`, async (route) => {
        const response = await route.fetch({ maxRedirects: 0 });
        await route.fulfill({ response, headers: { ...response.headers(), "cross-origin-opener-policy": "same-origin" } });
      });

      await popup.click("button");
      await decline(popup);
      await popup.waitForSelector(`a[href="${app.origin}/"]`);

      assert.equal(await popup.evaluate(() => window.opener), null);
      assert.deepEqual(await told(opener), []);
      assert.equal((await status(id)).status, "failed");
    });

    it("tells nothing to a window of another origin", async () => {
      const { id, url } = await session({ providers: [provider] });
      const { opener, popup } = await opened(stranger.origin, url);

      await popup.click("button");
      await decline(popup);
      await popup.waitForSelector("text=Close this window");

      assert.equal((await status(id)).status, "failed");
      assert.deepEqual(await told(opener), []);
    });
  });

  describe("refuses", () => {
    it("a browser that did not open the link first", async () => {
      const { id, url } = await session();
      await (await visitor()).goto(url);

      for (const address of [url, `${evergrant.publicUrl}/connect/${id}`, `${evergrant.publicUrl}/connect/${id}/done`]) {
        const answer = await (await visitor()).goto(address);
        assert.equal(answer?.status(), 403, address);
      }
    });

    it("a link whose time is over", async () => {
      const { id, url } = await session({ lifetimeSeconds: 1 });
      await until("its end", async () => (await status(id)).status === "expired");
      const page = await visitor();

      assert.equal((await page.goto(url))?.status(), 400);
      assert.match(await page.locator("main").innerText(), /This link has expired/);
    });

    it("a provider that is not the session's", async () => {
      const { id, url } = await session({ providers: [provider] });
      const page = await visitor();
      await page.goto(url);

      assert.equal((await page.goto(`${evergrant.publicUrl}/connect/${id}?provider=shop`))?.status(), 400);
      const forged = await page.request.post(`${evergrant.publicUrl}/connect/${id}`, { form: { provider: "shop", "params.shop": "acme" } });
      assert.equal(forged.status(), 400);
    });

    it("a form that another site sends, and one without the cookie", async () => {
      const { id, url } = await session({ providers: [provider] });
      const page = await visitor();
      await page.goto(url);
      const address = `${evergrant.publicUrl}/connect/${id}`;

      await page.goto(stranger.origin);
      const [answer] = await Promise.all([
        page.waitForResponse(address),
        page.evaluate((action) => {
          document.body.innerHTML = `<form method="post" action="${action}"><input name="provider" value="demo"></form>`;
          document.forms[0]?.submit();
        }, address),
      ]);
      assert.equal(answer.status(), 403);
      const bare = await fetch(address, { method: "POST", body: new URLSearchParams({ provider }) });
      assert.equal(bare.status, 403);
      assert.equal((await status(id)).provider, undefined);
    });

    it("a session for what the key is not for", async () => {
      for (const [body, code] of [
        [{ providers: ["hubspot"] }, "forbidden"],
        [{ tenantId: "another" }, "tenant_not_found"],
        [{ returnOrigin: stranger.origin }, "invalid_request"],
        [{ lifetimeSeconds: 1801 }, "invalid_request"],
        [{ providers: [] }, "invalid_request"],
      ] as [Record<string, unknown>, string][]) {
        const answer = await evergrant.post("/api/connect/sessions", { tenantId: tenant, providers: [provider], returnOrigin: app.origin, ...body }, appKey);
        assert.equal(answer.body.error, code, JSON.stringify(body));
      }
    });
  });

  for (const [look, options] of [
    ["light-wide", { colorScheme: "light", viewport: { width: 1100, height: 800 } }],
    ["dark-narrow", { colorScheme: "dark", viewport: { width: 320, height: 640 }, reducedMotion: "reduce" }],
  ] as const)
    it(`breaks no rule of WCAG 2.2 AA, ${look}`, async () => {
      const { id, url } = await session();
      const page = await visitor(options);
      const judge = async (name: string) => {
        await assertAccessible(page);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth), false, `${name} scrolls sideways`);
        await keep(page, `connect-${name}-${look}`);
      };

      await page.goto(url);
      await judge("choice");
      await page.click("text=Shop");
      await judge("consent");
      await page.click("button");
      await judge("wrong");
      await page.fill("#field-shop", "acme-store");
      await page.click("button");
      await decline(page);
      await page.waitForURL(/done/);
      await judge("failed");
      await page.click("text=Try again");
      await page.fill("#field-shop", "acme-store");
      await page.click("button");
      await approve(page);
      await page.waitForURL(/done/);
      await judge("connected");
      await page.context().clearCookies();
      await page.goto(`${evergrant.publicUrl}/connect/${id}`);
      await judge("refused");
    });

  it("stands in the audit log as who asked for it", async () => {
    const keyId = appKey.split("_")[1];
    await until("the events", async () => {
      const { events } = (await evergrant.get(`/api/audit?tenant=${tenant}&actor=${keyId}&limit=200`)).body;
      const done = new Set(events.filter((one: any) => one.outcome === "ok").map((one: any) => one.action));
      return ["connect_session.create", "connect_session.open", "authorization.begin", "authorization.finish"].every((one) => done.has(one));
    });
  });

  it("leaves no link in the log", async () => {
    const { url } = await session();
    await (await visitor()).goto(url);

    assert.equal(evergrant.log.includes(new URL(url).pathname.split("/").at(-1) ?? ""), false);
  });
});
