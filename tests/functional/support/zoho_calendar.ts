// Zoho Calendar's API v1 as its documents have it: calendars, their events in at most 31 days, `eventdata` as a form's field,
// the etag within it for a change and as a header for a removal. Strict: what it would refuse is noted in `wrong`.
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ZohoCentre } from "./zoho.ts";

export interface ZohoEvent {
  uid: string;
  etag: string;
  title: string;
  isallday: boolean;
  dateandtime: { timezone?: string; start: string; end: string };
  transparency?: number;
  [name: string]: unknown;
}

interface Reply {
  status: number;
  body?: object;
  headers?: Record<string, string>;
}

const day = 24 * 3600 * 1000;
const known = new Set([
  "title", "dateandtime", "isallday", "isprivate", "description", "location", "url", "attendees", "reminders", "rrule",
  "transparency", "etag", "recurrence_edittype", "recurrenceid",
]);

const refusal = (status: number, message: string): Reply => ({ status, body: { error: [{ message }] } });

/** `20260303T080000Z`, or with an offset, or a date; undefined if it is none of them. */
function instant(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z|[+-]\d{4}))?$/.exec(text);
  if (parts === null) return undefined;
  const [, year, month, date, hour = "00", minute = "00", second = "00", zone = "Z"] = parts;
  const offset = zone === "Z" ? "Z" : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const time = Date.parse(`${year}-${month}-${date}T${hour}:${minute}:${second}${offset}`);
  return Number.isNaN(time) ? undefined : time;
}

export class ZohoCalendar {
  readonly url: string;
  readonly requests: string[] = [];
  readonly wrong: string[] = [];
  /** Answered instead, in turn, to requests that are right. */
  readonly replies: Reply[] = [];
  readonly calendar = `${randomBytes(12).toString("base64url")}==`;
  readonly events: ZohoEvent[] = [];
  #etag = 1476715187436;
  #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<ZohoCalendar> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ZohoCalendar(server);
  }

  /** The built-in entry with this API, and that accounts server. */
  catalogFile(centre: ZohoCentre): string {
    const entry = ZohoCentre.catalogFile([centre]).replaceAll("zoho_crm", "zoho_calendar");
    return `${entry}api_base_url: ${this.url}\nderived_parameters: []\n`;
  }

  /** An event that somebody has made in Zoho's own pages. */
  put(title: string, start: string, end: string, more: object = {}): ZohoEvent {
    const event = {
      uid: `${randomBytes(8).toString("hex")}@zoho.com`, etag: String(this.#etag++), title, isallday: start.length === 8,
      dateandtime: { timezone: "Europe/Berlin", start, end }, ...more,
    };
    this.events.push(event);
    return event;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    this.requests.push(`${request.method} ${request.url}`);
    const { status, body, headers } = this.#judge(request, text);
    response.writeHead(status, { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  #judge(request: IncomingMessage, text: string): Reply {
    const note = (what: string): Reply => {
      this.wrong.push(`${request.method} ${request.url}: ${what}`);
      return refusal(400, what);
    };
    if (!/^Zoho-oauthtoken \S+$/.test(request.headers.authorization ?? "")) return note("no Zoho-oauthtoken");
    const url = new URL(request.url ?? "/", this.url);
    const [root, api, version, calendars, calendar, events, id, ...rest] = url.pathname.split("/").map(decodeURIComponent);
    if (root !== "" || api !== "api" || version !== "v1" || calendars !== "calendars" || rest.length > 0) return note("no such place");
    const asked = request.method === "GET" && id === undefined && events !== undefined ? ["byinstance", "range"] : [];
    if ([...url.searchParams.keys()].sort().join() !== asked.join()) return note("unknown or missing parameters");
    const reply = this.replies.shift();
    if (reply !== undefined) return reply;
    if (calendar === undefined)
      return { status: 200, body: { calendars: [{ uid: "birthdays", isdefault: false }, { uid: this.calendar, isdefault: true }] } };
    if (events !== "events") return note("no such place");
    if (calendar !== this.calendar) return refusal(404, "CALENDAR_NOT_FOUND");
    if (id === undefined) return request.method === "POST" ? this.#create(request, text, note) : this.#list(url, note);
    const event = this.events.find((one) => one.uid === id);
    if (event === undefined) return refusal(404, "EVENT_NOT_FOUND");
    if (request.method === "GET") return { status: 200, body: { events: [event] } };
    if (request.method === "PUT") return this.#change(event, request, text, note);
    if (request.method !== "DELETE") return note("no such method");
    if (request.headers["etag"] === undefined) return note("no etag header");
    if (request.headers["etag"] !== event.etag) return refusal(400, "Etag does not match");
    this.events.splice(this.events.indexOf(event), 1);
    return { status: 200, body: { events: [{ ...event, estatus: "deleted" }] } };
  }

  #list(url: URL, note: (what: string) => Reply): Reply {
    const range = JSON.parse(url.searchParams.get("range") ?? "{}") as { start?: string; end?: string };
    const [start, end] = [instant(range.start ?? ""), instant(range.end ?? "")];
    if (start === undefined || end === undefined || Object.keys(range).length !== 2) return note("a range that is none");
    if (end <= start || end - start > 31 * day) return note("a range of more than 31 days");
    const found = this.events.filter(({ isallday, dateandtime }) => {
      const [begins, ends] = [instant(dateandtime.start) ?? 0, (instant(dateandtime.end) ?? 0) + (isallday ? day : 0)];
      return begins < end && ends > start;
    });
    return found.length === 0 ? { status: 204 } : { status: 200, body: { events: found } };
  }

  /** The form's one field; a text says what is wrong with it. */
  #eventdata(request: IncomingMessage, text: string): ZohoEvent | string {
    if (request.headers["content-type"] !== "application/x-www-form-urlencoded") return "not a form";
    const form = new URLSearchParams(text);
    if ([...form.keys()].join() !== "eventdata") return "other fields than eventdata";
    const data = JSON.parse(form.get("eventdata") ?? "") as ZohoEvent;
    const unknown = Object.keys(data).filter((name) => !known.has(name));
    if (unknown.length > 0) return `unknown keys ${unknown}`;
    const written = data.isallday ? /^\d{8}$/ : /^\d{8}T\d{6}Z$/;
    if (!written.test(data.dateandtime?.start ?? "") || !written.test(data.dateandtime?.end ?? "")) return "dateandtime";
    return data;
  }

  #create(request: IncomingMessage, text: string, note: (what: string) => Reply): Reply {
    const data = this.#eventdata(request, text);
    if (typeof data === "string") return note(data);
    const event = this.put(data.title, data.dateandtime.start, data.dateandtime.end, data);
    return { status: 200, body: { events: [event] } };
  }

  #change(event: ZohoEvent, request: IncomingMessage, text: string, note: (what: string) => Reply): Reply {
    const data = this.#eventdata(request, text);
    if (typeof data === "string") return note(data);
    if (data.etag === undefined) return note("no etag");
    if (String(data.etag) !== event.etag) return refusal(400, "Etag does not match");
    Object.assign(event, data, { etag: String(this.#etag++) });
    return { status: 200, body: { events: [event] } };
  }
}
