// Zoho CRM's API, version 3, as its documents have it: records in modules, a search whose index lags, an upsert, related lists,
// tags; each record of a write with a status of its own. It notes in `wrong` whatever Zoho would refuse.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Fields = Record<string, unknown>;
export interface Row {
  id: string;
  fields: Fields;
  madeAt: number;
}
interface Reply {
  status: number;
  body?: object | string;
  headers?: Record<string, string>;
}

const people = ["First_Name", "Last_Name", "Email", "Phone", "Mobile"];
const known: Record<string, string[]> = {
  Contacts: [...people, "Home_Phone", "Other_Phone", "Title", "Account_Name", "Lead_Source", "Mailing_Street", "Mailing_City",
    "Mailing_State", "Mailing_Zip", "Mailing_Country"],
  Leads: [...people, "Company", "Designation", "Lead_Source", "Street", "City", "State", "Zip_Code", "Country"],
  Accounts: ["Account_Name"],
  Calls: ["Subject", "Call_Type", "Call_Start_Time", "Call_Duration", "Call_Result", "Outgoing_Call_Status", "Description", "Who_Id",
    "What_Id", "$se_module"],
  Tasks: ["Subject", "Due_Date", "Status", "Description", "Who_Id", "What_Id", "$se_module"],
  Notes: ["Note_Title", "Note_Content"],
};
const mandatory: Record<string, string[]> = {
  Contacts: ["Last_Name"], Leads: ["Last_Name"], Accounts: ["Account_Name"], Calls: ["Subject", "Call_Type", "Call_Start_Time"],
  Tasks: ["Subject"],
};
const phoneFields = ["Phone", "Mobile", "Home_Phone", "Other_Phone"];
const digits = (value: unknown): string => String(value ?? "").replace(/\D/g, "");
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/;

export class ZohoCrmApi {
  readonly url: string;
  readonly rows: Record<string, Row[]> = { Contacts: [], Leads: [], Accounts: [], Calls: [], Tasks: [], Notes: [] };
  /** Every request, as it was sent. */
  readonly requests: { method: string; target: string; body: string }[] = [];
  readonly wrong: string[] = [];
  /** Given instead of the next answers. */
  readonly instead: Reply[] = [];
  /** How long a record is not found by searching after it was made, in milliseconds; upsert looks there, too. */
  lag = 0;
  delay = 0;
  #nextId = 5_000_000_000_001;
  #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => void this.#receive(request, response));
  }

  static async start(): Promise<ZohoCrmApi> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ZohoCrmApi(server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  add(module: string, fields: Fields): Row {
    const row = { id: String(this.#nextId++), fields, madeAt: 0 };
    this.rows[module]?.push(row);
    return row;
  }

  clear(): void {
    for (const list of Object.values(this.rows)) list.length = 0;
    this.requests.length = 0;
    this.wrong.length = 0;
    this.instead.length = 0;
    this.lag = this.delay = 0;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const method = request.method ?? "";
    this.requests.push({ method, target: request.url ?? "", body });
    if (this.delay > 0) await new Promise((resolve) => setTimeout(resolve, this.delay));
    const reply = this.#admit(request, method, body) ?? this.instead.shift() ?? this.#answer(method, request.url ?? "/", body);
    const text = typeof reply.body === "string" ? reply.body : reply.body === undefined ? "" : JSON.stringify(reply.body);
    response.writeHead(reply.status, { ...(text === "" ? {} : { "content-type": "application/json;charset=UTF-8" }), ...reply.headers });
    response.end(text);
  }

  #refuse(status: number, code: string, details: object = {}): Reply {
    this.wrong.push(`${code} ${JSON.stringify(details)}`);
    return { status, body: { code, details, message: "refused", status: "error" } };
  }

  #admit(request: IncomingMessage, method: string, body: string): Reply | undefined {
    if (!/^Zoho-oauthtoken 1000\.[0-9a-f]+$/.test(request.headers.authorization ?? "")) return this.#refuse(401, "INVALID_TOKEN");
    if (method === "GET") return body === "" ? undefined : this.#refuse(400, "INVALID_REQUEST", { body: "of a GET" });
    return request.headers["content-type"] === "application/json" ? undefined : this.#refuse(415, "UNSUPPORTED_MEDIA_TYPE");
  }

  #answer(method: string, target: string, body: string): Reply {
    const url = new URL(target, this.url);
    const [, crm, version, module = "", second, third, fourth, ...more] = url.pathname.split("/");
    if (crm !== "crm" || version !== "v3" || more.length > 0) return this.#refuse(404, "INVALID_URL_PATTERN", { path: url.pathname });
    if (this.rows[module] === undefined) return this.#refuse(400, "INVALID_MODULE", { module });
    if (method === "GET" && second === "search" && third === undefined) return this.#search(module, url.searchParams);
    if (second === undefined || second === "upsert") {
      if (method !== "POST") return this.#refuse(400, "INVALID_REQUEST_METHOD");
      return this.#insert(module, body, second === "upsert");
    }
    const row = this.rows[module]?.find((one) => one.id === second);
    if (row === undefined) return method === "GET" ? { status: 204 } : this.#ofRecord(202, "INVALID_DATA", { api_name: "id" });
    if (third === undefined) return method === "GET" ? this.#shown([row], false) : this.#change(module, row, body);
    if (third === "actions" && method === "POST") return this.#tag(row, fourth ?? "", body);
    if (method === "GET" && (third === "Calls" || third === "Notes")) return this.#related(row, third, url.searchParams);
    return this.#refuse(404, "INVALID_URL_PATTERN", { path: url.pathname });
  }

  #shown(rows: Row[], more: boolean): Reply {
    if (rows.length === 0) return { status: 204 };
    const data = rows.map((row) => ({ id: row.id, Full_Name: row.fields["Last_Name"], ...row.fields, Owner: { name: "Bo", id: "1" } }));
    return { status: 200, body: { data, info: { more_records: more, count: rows.length } } };
  }

  #page(rows: Row[], query: URLSearchParams): Reply {
    const [page, size] = [Number(query.get("page") ?? 1), Number(query.get("per_page") ?? 200)];
    if (!(page >= 1) || !(size >= 1 && size <= 200)) return this.#refuse(400, "INVALID_DATA", { page, size });
    return this.#shown(rows.slice((page - 1) * size, page * size), rows.length > page * size);
  }

  #search(module: string, query: URLSearchParams): Reply {
    const names = [...query.keys()];
    const by = names.filter((name) => ["criteria", "email", "phone", "word"].includes(name));
    const strange = names.filter((name) => !by.includes(name) && name !== "page" && name !== "per_page");
    if (by.length !== 1 || strange.length > 0) return this.#refuse(400, "INVALID_REQUEST", { names });
    const value = query.get(by[0] ?? "") ?? "";
    const matches = by[0] === "criteria" ? this.#criteria(module, value) : this.#simple(by[0] ?? "", value);
    if (typeof matches === "string") return this.#refuse(400, "INVALID_QUERY", { matches });
    return this.#page((this.rows[module] ?? []).filter((row) => this.#isIndexed(row) && matches(row)), query);
  }

  #isIndexed(row: Row): boolean {
    return Date.now() - row.madeAt >= this.lag;
  }

  #simple(by: string, value: string): (row: Row) => boolean {
    if (by === "email") return (row) => row.fields["Email"] === value;
    if (by === "phone") return (row) => phoneFields.some((field) => digits(value) !== "" && digits(row.fields[field]).endsWith(digits(value)));
    return (row) => Object.values(row.fields).some((field) => String(field).toLowerCase().includes(value.toLowerCase()));
  }

  /** `((Field:equals:value)or(…))`, where a backslash takes the meaning from what follows. */
  #criteria(module: string, text: string): ((row: Row) => boolean) | string {
    if (!text.startsWith("(") || !text.endsWith(")")) return "no parentheses";
    const wanted: [string, string][] = [];
    let left = text.slice(1, -1);
    while (left !== "") {
      const one = /^\(([A-Za-z_]+):equals:((?:[^()\\,]|\\.)+)\)(or(?=\())?/.exec(left);
      if (one === null) return `not understood: ${left}`;
      if (!known[module]?.includes(one[1] ?? "")) return `no such field: ${one[1]}`;
      wanted.push([one[1] ?? "", (one[2] ?? "").replace(/\\(.)/g, "$1")]);
      left = left.slice(one[0].length);
    }
    if (wanted.length > 10) return "more than 10 criteria";
    return (row) => wanted.some(([field, value]) => row.fields[field] === value);
  }

  #ofRecord(status: number, code: string, details: object, action?: string): Reply {
    const done = code === "SUCCESS";
    const row = { code, details, message: "of a record", status: done ? "success" : "error", ...(action === undefined ? {} : { action }) };
    return { status, body: { data: [row] } };
  }

  #record(module: string, body: string, names: string[]): Fields | Reply {
    let parsed: Fields;
    try {
      parsed = JSON.parse(body) as Fields;
    } catch {
      return this.#refuse(400, "INVALID_DATA", { body: "not JSON" });
    }
    const strange = Object.keys(parsed).filter((name) => !names.includes(name));
    const data = parsed["data"];
    if (strange.length > 0 || !Array.isArray(data) || data.length !== 1) return this.#refuse(400, "INVALID_DATA", { strange });
    const fields = data[0] as Fields;
    for (const [name, value] of Object.entries(fields)) {
      if (!known[module]?.includes(name)) return this.#refuse(400, "INVALID_DATA", { api_name: name });
      if (name.endsWith("_Time") && !time.test(String(value))) return this.#refuse(400, "INVALID_DATA", { api_name: name });
      if (name === "Account_Name" && module === "Contacts" && value !== null && typeof value !== "object") return this.#refuse(400, "INVALID_DATA", { api_name: name });
    }
    return fields;
  }

  #insert(module: string, body: string, upsert: boolean): Reply {
    const fields = this.#record(module, body, upsert ? ["data", "duplicate_check_fields"] : ["data"]);
    if ("status" in fields && typeof fields["status"] === "number") return fields as unknown as Reply;
    const record = fields as Fields;
    for (const name of mandatory[module] ?? [])
      if (typeof record[name] !== "string") return this.#ofRecord(202, "MANDATORY_NOT_FOUND", { api_name: name });
    if (module === "Calls" && record["Call_Type"] !== "Missed" && !/^\d\d+:\d\d$/.test(String(record["Call_Duration"])))
      return this.#ofRecord(202, "MANDATORY_NOT_FOUND", { api_name: "Call_Duration" });
    const of = (record["Who_Id"] ?? record["What_Id"]) as { id?: string } | undefined;
    if ((module === "Calls" || module === "Tasks") && !this.#isThere(record, of?.id)) return this.#ofRecord(202, "INVALID_DATA", { api_name: "Who_Id" });
    const checks = (JSON.parse(body) as { duplicate_check_fields?: string[] }).duplicate_check_fields ?? [];
    const there = upsert ? this.rows[module]?.find((row) => this.#isIndexed(row) && checks.some((name) => row.fields[name] === record[name])) : undefined;
    if (there !== undefined) {
      Object.assign(there.fields, record);
      return this.#ofRecord(200, "SUCCESS", { id: there.id }, "update");
    }
    const row = this.add(module, record);
    row.madeAt = Date.now();
    return this.#ofRecord(201, "SUCCESS", { id: row.id }, "insert");
  }

  #isThere(record: Fields, id: string | undefined): boolean {
    if (record["What_Id"] !== undefined && record["$se_module"] !== "Leads") return false;
    return this.rows[record["Who_Id"] === undefined ? "Leads" : "Contacts"]?.some((row) => row.id === id) ?? false;
  }

  #change(module: string, row: Row, body: string): Reply {
    const fields = this.#record(module, body, ["data"]);
    if ("status" in fields && typeof fields["status"] === "number") return fields as unknown as Reply;
    for (const [name, value] of Object.entries(fields))
      if (value === null) delete row.fields[name];
      else row.fields[name] = value;
    return this.#ofRecord(200, "SUCCESS", { id: row.id });
  }

  #tag(row: Row, action: string, body: string): Reply {
    const { tags, over_write: instead, ...strange } = JSON.parse(body) as { tags: { name: string }[]; over_write?: boolean };
    if (!["add_tags", "remove_tags"].includes(action) || Object.keys(strange).length > 0 || tags.length === 0)
      return this.#refuse(400, "INVALID_DATA", { action });
    const had = (row.fields["Tag"] ?? []) as { name: string }[];
    const others = had.filter((one) => !tags.some((tag) => tag.name === one.name));
    row.fields["Tag"] = action === "remove_tags" ? others : instead === true ? tags : [...others, ...tags];
    return this.#ofRecord(200, "SUCCESS", { id: row.id });
  }

  #related(row: Row, list: string, query: URLSearchParams): Reply {
    if (query.get("fields") === null || query.get("sort_order") !== "desc") return this.#refuse(400, "REQUIRED_PARAM_MISSING", { param_name: "fields" });
    const of = (one: Row): unknown => (one.fields["Who_Id"] ?? one.fields["What_Id"] ?? one.fields["Parent_Id"]) as { id?: string } | undefined;
    const rows = (this.rows[list] ?? []).filter((one) => (of(one) as { id?: string } | undefined)?.id === row.id);
    const by = query.get("sort_by") ?? "";
    return this.#page(rows.sort((a, b) => String(b.fields[by]).localeCompare(String(a.fields[by]))), query);
  }
}
