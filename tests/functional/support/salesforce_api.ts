// Salesforce's REST API, version 57.0, as its documents have it: queries in parts, searches, records read, made and changed, one
// by one and as collections. It notes in `wrong` whatever Salesforce would refuse.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseSoql, parseSosl, type Query, type Row, select, valueOf } from "./salesforce_soql.ts";

interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

const people = ["Id", "FirstName", "LastName", "Name", "Email", "Title", "Phone", "MobilePhone", "LastActivityDate", "LeadSource", "Plan__c"];
const known: Record<string, string[]> = {
  Contact: [...people, "HomePhone", "OtherPhone", "AccountId", "Account.Name", "MailingStreet", "MailingCity", "MailingState",
    "MailingPostalCode", "MailingCountry"],
  Lead: [...people, "Company", "Street", "City", "State", "PostalCode", "Country", "IsConverted"],
  Account: ["Id", "Name"],
  Task: ["Id", "WhoId", "Subject", "Description", "TaskSubtype", "CallType", "CallDurationInSeconds", "CallDisposition", "Owner.Name",
    "CreatedDate", "Status", "Priority", "ActivityDate", "IsReminderSet", "ReminderDateTime"],
  Note: ["Id", "ParentId", "Title", "Body", "Owner.Name", "CreatedDate"],
};
const mandatory: Record<string, string[]> = { Contact: ["LastName"], Lead: ["LastName", "Company"], Account: ["Name"], Task: ["Status", "Priority"] };
const prefixes: Record<string, string> = { Contact: "003", Lead: "00Q", Account: "001", Task: "00T", Note: "002" };
const phoneFields = ["Phone", "MobilePhone", "HomePhone", "OtherPhone"];
const digits = (value: unknown): string => String(value ?? "").replace(/\D/g, "");
const readOnly = ["Id", "Name", "CreatedDate", "IsConverted", "LastActivityDate"];

export class SalesforceApi {
  readonly url: string;
  readonly rows: Record<string, Row[]> = { Contact: [], Lead: [], Account: [], Task: [], Note: [] };
  readonly requests: { method: string; target: string; body: string }[] = [];
  readonly wrong: string[] = [];
  /** Given instead of the next answers. */
  readonly instead: Reply[] = [];
  /** How many rows of a query are answered at once. */
  batch = 2000;
  /** Whether the index of searches knows nothing yet. */
  lags = false;
  #nextId = 1;
  #now = Date.parse("2026-01-01T00:00:00Z");
  #rest = new Map<string, { query: Query; rows: Row[] }>();
  #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => void this.#receive(request, response));
  }

  static async start(): Promise<SalesforceApi> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new SalesforceApi(server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  add(object: string, fields: Record<string, unknown>): Row {
    const id = `${prefixes[object]}${String(this.#nextId++).padStart(12, "0")}AAA`;
    this.#now += 1000;
    const row = { Id: id, CreatedDate: new Date(this.#now).toISOString().replace("Z", "+0000"), Owner: { Name: "Bo" }, ...fields };
    this.rows[object]?.push(row);
    return row;
  }

  clear(): void {
    for (const list of Object.values(this.rows)) list.length = 0;
    this.requests.length = this.wrong.length = this.instead.length = 0;
    this.batch = 2000;
    this.lags = false;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const method = request.method ?? "";
    this.requests.push({ method, target: request.url ?? "", body });
    const reply = this.#admit(request, method) ?? this.instead.shift() ?? this.#answer(method, request.url ?? "/", body);
    const text = reply.body === undefined ? "" : typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body);
    response.writeHead(reply.status, { ...(text === "" ? {} : { "content-type": "application/json;charset=UTF-8" }), ...reply.headers });
    response.end(text);
  }

  #refuse(status: number, errorCode: string, message: string, fields: string[] = []): Reply {
    this.wrong.push(`${errorCode}: ${message}`);
    return { status, body: [{ errorCode, message, fields }] };
  }

  #admit(request: IncomingMessage, method: string): Reply | undefined {
    if (!/^Bearer 00D!\S+$/.test(request.headers.authorization ?? "")) return this.#refuse(401, "INVALID_SESSION_ID", "Session expired or invalid");
    if (method === "GET" || method === "DELETE" || request.headers["content-type"] === "application/json") return undefined;
    return this.#refuse(415, "UNSUPPORTED_MEDIA_TYPE", String(request.headers["content-type"]));
  }

  #answer(method: string, target: string, body: string): Reply {
    const url = new URL(target, this.url);
    const [root, services, data, version, what, object = "", id, ...more] = url.pathname.split("/");
    if (root !== "" || services !== "services" || data !== "data" || version !== "v57.0" || more.length > 0)
      return this.#refuse(404, "NOT_FOUND", `no such place: ${url.pathname}`);
    if (what === "query" && method === "GET") return object === "" ? this.#query(url.searchParams) : this.#more(object);
    if (what === "search" && method === "GET" && object === "") return this.#search(url.searchParams);
    if (what === "composite" && object === "sobjects" && method === "POST") return this.#createAll(body);
    if (what !== "sobjects" || known[object] === undefined) return this.#refuse(404, "NOT_FOUND", `no such place: ${url.pathname}`);
    if (id === undefined) return method === "POST" ? this.#create(object, body) : this.#refuse(405, "METHOD_NOT_ALLOWED", method);
    const row = this.rows[object]?.find((one) => one.Id === id || one.Id.slice(0, 15) === id);
    if (row === undefined) return { status: 404, body: [{ errorCode: "NOT_FOUND", message: "The requested resource does not exist" }] };
    if (method === "GET") return { status: 200, body: { attributes: { type: object }, ...row } };
    if (method === "PATCH") return this.#change(object, row, body);
    if (method !== "DELETE") return this.#refuse(405, "METHOD_NOT_ALLOWED", method);
    this.rows[object] = (this.rows[object] ?? []).filter((one) => one !== row);
    return { status: 204 };
  }

  #parsed<T>(parse: () => T): T | Reply {
    try {
      return parse();
    } catch (error) {
      return this.#refuse(400, "MALFORMED_QUERY", (error as Error).message);
    }
  }

  #checked(query: Query): Reply | undefined {
    if (this.rows[query.object] === undefined) return this.#refuse(400, "INVALID_TYPE", query.object);
    const strange = query.fields.filter((name) => name !== "CreatedDate" && !known[query.object]?.includes(name));
    return strange.length === 0 ? undefined : this.#refuse(400, "INVALID_FIELD", `No such column '${strange[0]}' on entity '${query.object}'`);
  }

  #shown(query: Query, row: Row): object {
    const shown: Record<string, unknown> = { attributes: { type: query.object, url: `/services/data/v57.0/sobjects/${query.object}/${row.Id}` } };
    for (const name of query.fields) {
      const [first = "", second] = name.split(".");
      shown[first] = second === undefined ? valueOf(row, first) : row[first] === undefined ? null : { [second]: valueOf(row, name) };
    }
    return shown;
  }

  #query(names: URLSearchParams): Reply {
    if ([...names.keys()].join() !== "q") return this.#refuse(400, "MALFORMED_QUERY", `parameters: ${[...names.keys()].join()}`);
    const query = this.#parsed(() => parseSoql(names.get("q") ?? ""));
    if ("status" in query) return query;
    const refusal = this.#checked(query);
    return refusal ?? this.#part(query, select(this.rows[query.object] ?? [], query));
  }

  #part(query: Query, rows: Row[]): Reply {
    const body: Record<string, unknown> = { totalSize: rows.length, done: rows.length <= this.batch, records: rows.slice(0, this.batch).map((row) => this.#shown(query, row)) };
    if (rows.length > this.batch) {
      const locator = `01g${String(this.#nextId++).padStart(12, "0")}-${this.batch}`;
      this.#rest.set(locator, { query, rows: rows.slice(this.batch) });
      body["nextRecordsUrl"] = `/services/data/v57.0/query/${locator}`;
    }
    return { status: 200, body };
  }

  #more(locator: string): Reply {
    const rest = this.#rest.get(locator);
    return rest === undefined ? this.#refuse(400, "INVALID_QUERY_LOCATOR", locator) : this.#part(rest.query, rest.rows);
  }

  #search(names: URLSearchParams): Reply {
    const search = this.#parsed(() => parseSosl(names.get("q") ?? ""));
    if ("status" in search) return search;
    const found: object[] = [];
    for (const query of search.returning) {
      const refusal = this.#checked(query);
      if (refusal !== undefined) return refusal;
      const wanted = search.phrases.map(digits).filter((one) => one !== "");
      const rows = select(this.rows[query.object] ?? [], query).filter((row) =>
        phoneFields.some((name) => wanted.some((one) => digits(row[name]).endsWith(one))));
      if (!this.lags) found.push(...rows.map((row) => this.#shown(query, row)));
    }
    return { status: 200, body: { searchRecords: found } };
  }

  #complaint(object: string, fields: Record<string, unknown>, creates: boolean): { code: string; message: string; fields: string[] } | undefined {
    for (const [name, value] of Object.entries(fields)) {
      if (!known[object]?.includes(name) || name.includes(".")) return { code: "INVALID_FIELD", message: `No such column '${name}'`, fields: [] };
      if (readOnly.includes(name)) return { code: "INVALID_FIELD_FOR_INSERT_UPDATE", message: name, fields: [name] };
      if (name === "Email" && value !== null && !/^\S+@\S+\.\S+$/.test(String(value))) return { code: "INVALID_EMAIL_ADDRESS", message: "email", fields: [name] };
    }
    const missing = (mandatory[object] ?? []).filter((name) => (creates || name in fields) && (fields[name] ?? "") === "");
    if (missing.length > 0) return { code: "REQUIRED_FIELD_MISSING", message: missing.join(), fields: missing };
    const who = fields["WhoId"];
    const there = [...(this.rows["Contact"] ?? []), ...(this.rows["Lead"] ?? [])].some((row) => row.Id === who);
    return who === undefined || there ? undefined : { code: "INVALID_CROSS_REFERENCE_KEY", message: "WhoId", fields: ["WhoId"] };
  }

  #create(object: string, body: string): Reply {
    const fields = JSON.parse(body) as Record<string, unknown>;
    const complaint = this.#complaint(object, fields, true);
    if (complaint !== undefined) return { status: 400, body: [{ errorCode: complaint.code, message: complaint.message, fields: complaint.fields }] };
    return { status: 201, body: { id: this.add(object, { ...fields, IsConverted: false }).Id, success: true, errors: [] } };
  }

  #createAll(body: string): Reply {
    const { allOrNone, records, ...strange } = JSON.parse(body) as { allOrNone: boolean; records: ({ attributes: { type: string } } & Record<string, unknown>)[] };
    if (Object.keys(strange).length > 0 || records.length > 200) return this.#refuse(400, "JSON_PARSER_ERROR", Object.keys(strange).join());
    const complaints = records.map(({ attributes, ...fields }) => this.#complaint(attributes.type, fields, true));
    const failed = complaints.some((one) => one !== undefined);
    const rolledBack = { code: "ALL_OR_NONE_OPERATION_ROLLED_BACK", message: "rolled back", fields: [] };
    return { status: 200, body: records.map(({ attributes, ...fields }, index) => {
      const complaint = complaints[index] ?? (failed && allOrNone ? rolledBack : undefined);
      if (complaint === undefined) return { id: this.add(attributes.type, fields).Id, success: true, errors: [] };
      return { success: false, errors: [{ statusCode: complaint.code, message: complaint.message, fields: complaint.fields }] };
    }) };
  }

  #change(object: string, row: Row, body: string): Reply {
    const fields = JSON.parse(body) as Record<string, unknown>;
    const complaint = this.#complaint(object, fields, false);
    if (complaint !== undefined) return { status: 400, body: [{ errorCode: complaint.code, message: complaint.message, fields: complaint.fields }] };
    Object.assign(row, fields);
    return { status: 204 };
  }
}
