// A scripted browser: cookies, redirects, also by a page's Refresh, and forms, no more.

export interface Page {
  url: string;
  status: number;
  text: string;
}

export class Browser {
  readonly #cookies = new Map<string, string>();
  readonly visited: string[] = [];

  /** Opens a page and follows redirects until one answers otherwise, or leads to a host that `stopAt` names. */
  async open(url: string, stopAt?: (url: URL) => boolean): Promise<Page> {
    return this.#send(url, { method: "GET" }, stopAt);
  }

  async submit(page: Page, fields: Record<string, string>, stopAt?: (url: URL) => boolean): Promise<Page> {
    const action = /<form[^>]*action="([^"]*)"/.exec(page.text)?.[1];
    if (action === undefined) throw new Error(`no form on ${page.url}: ${page.text.slice(0, 200)}`);
    const hidden: Record<string, string> = {};
    for (const [, name, value] of page.text.matchAll(/<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"/g))
      hidden[name ?? ""] = value ?? "";
    const target = new URL(action, page.url).href;
    const body = new URLSearchParams({ ...hidden, ...fields });
    return this.#send(target, { method: "POST", body }, stopAt);
  }

  /** What a page's script asks of its server: JSON, with the cookies. Fails unless it is done. */
  async ask(method: string, url: string, body?: unknown): Promise<any> {
    const host = new URL(url).host;
    const headers = { cookie: this.#cookieHeader(host), "content-type": "application/json" };
    const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    this.#keepCookies(host, response);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  async #send(url: string, init: { method: string; body?: URLSearchParams }, stopAt?: (url: URL) => boolean): Promise<Page> {
    for (let hops = 0; hops < 20; ++hops) {
      this.visited.push(url);
      const host = new URL(url).host;
      const response = await fetch(url, { ...init, redirect: "manual", headers: { cookie: this.#cookieHeader(host), accept: "text/html" } });
      this.#keepCookies(host, response);
      const location = response.headers.get("location") ?? /^0; url=(.*)$/.exec(response.headers.get("refresh") ?? "")?.[1];
      if (location === undefined || response.status > 399)
        return { url, status: response.status, text: await response.text() };
      await response.arrayBuffer();
      const next = new URL(location, url);
      if (stopAt?.(next) === true) return { url: next.href, status: response.status, text: "" };
      url = next.href;
      init = { method: "GET" };
    }
    throw new Error(`too many redirects, last ${url}`);
  }

  #cookieHeader(host: string): string {
    const prefix = host + " ";
    return [...this.#cookies].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => `${name.slice(prefix.length)}=${value}`).join("; ");
  }

  #keepCookies(host: string, response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const equals = pair.indexOf("=");
      this.#cookies.set(`${host} ${pair.slice(0, equals)}`, pair.slice(equals + 1));
    }
  }
}
