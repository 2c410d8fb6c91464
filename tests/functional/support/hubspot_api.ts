// HubSpot's CRM API as its documents have it: contacts, calls, notes and tasks, search with its bounds, batches, associations of
// version 4. It notes in `wrong` whatever HubSpot would refuse but for the values themselves.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Properties = Record<string, string>;
export interface HubspotObject {
  id: string;
  properties: Properties;
  contact?: string;
}
interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}
interface Filter {
  propertyName: string;
  operator: string;
  value?: string;
  values?: string[];
}

const known: Record<string, string[]> = {
  contacts: ["firstname", "lastname", "email", "phone", "mobilephone", "company", "jobtitle", "address", "city", "state", "zip", "country",
    "lifecyclestage", "notes_last_contacted", "plan", "createdate", "lastmodifieddate", "hs_object_id"],
  calls: ["hs_timestamp", "hs_call_title", "hs_call_body", "hs_call_duration", "hs_call_direction", "hs_call_disposition", "hs_call_status",
    "hs_call_to_number", "hs_call_from_number", "hs_call_recording_url"],
  notes: ["hs_timestamp", "hs_note_body"],
  tasks: ["hs_timestamp", "hs_task_subject", "hs_task_body", "hs_task_status", "hs_task_priority", "hs_task_type"],
};
const searchable = ["hs_searchable_calculated_phone_number", "hs_searchable_calculated_mobile_number"];
const associationTypes: Record<string, number> = { calls: 194, notes: 202, tasks: 204 };
const words: Record<string, string[]> = {
  hs_call_direction: ["INBOUND", "OUTBOUND"],
  hs_call_status: ["BUSY", "CALLING_CRM_USER", "CANCELED", "COMPLETED", "CONNECTING", "FAILED", "IN_PROGRESS", "NO_ANSWER", "QUEUED", "RINGING"],
  hs_task_status: ["COMPLETED", "NOT_STARTED"],
  hs_task_priority: ["LOW", "MEDIUM", "HIGH"],
  hs_task_type: ["EMAIL", "CALL"],
};
/** The area code and the local number, as HubSpot calculates it for numbers of the USA. */
const calculated = (number: string | undefined): string => (number ?? "").replace(/\D/g, "").replace(/^1(?=\d{10}$)/, "");

export class HubspotApi {
  readonly url: string;
  readonly objects: Record<string, HubspotObject[]> = { contacts: [], calls: [], notes: [], tasks: [] };
  readonly requests: { method: string; target: string; body: string; token: string }[] = [];
  readonly wrong: string[] = [];
  /** Given instead of the next answers. */
  readonly instead: Reply[] = [];
  #nextId = 100;
  #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => void this.#receive(request, response));
  }

  static async start(): Promise<HubspotApi> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new HubspotApi(server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The built-in entry at this server. */
  catalogFile(): string {
    return `id: hubspot\nextends: hubspot\napi_base_url: ${this.url}\n`;
  }

  add(type: string, properties: Properties, contact?: string): HubspotObject {
    const object: HubspotObject = { id: String(++this.#nextId), properties, ...(contact === undefined ? {} : { contact }) };
    this.objects[type]?.push(object);
    return object;
  }

  clear(): void {
    for (const list of Object.values(this.objects)) list.length = 0;
    this.requests.length = this.wrong.length = this.instead.length = 0;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const method = request.method ?? "";
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    this.requests.push({ method, target: request.url ?? "", body, token });
    const reply = this.#admit(request, method, token) ?? this.instead.shift() ?? this.#answer(method, request.url ?? "/", body);
    const text = reply.body === undefined ? "" : typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body);
    response.writeHead(reply.status, { ...(text === "" ? {} : { "content-type": "application/json;charset=utf-8" }), ...reply.headers });
    response.end(text);
  }

  #error(status: number, category: string, message: string, more: object = {}): Reply {
    return { status, body: { status: "error", message, correlationId: "6a2f0f4e-0000-4000-8000-000000000000", category, ...more } };
  }

  #refuse(status: number, category: string, message: string): Reply {
    this.wrong.push(`${category}: ${message}`);
    return this.#error(status, category, message);
  }

  #admit(request: IncomingMessage, method: string, token: string): Reply | undefined {
    if (!token.startsWith("pat-") && !token.startsWith("hub-")) return this.#refuse(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.");
    const type = request.headers["content-type"];
    return method === "GET" || method === "DELETE" || type === "application/json" ? undefined : this.#refuse(415, "UNSUPPORTED_MEDIA_TYPE", String(type));
  }

  #answer(method: string, target: string, body: string): Reply {
    const url = new URL(target, this.url);
    const [, crm, version, area, type = "", id, ...more] = url.pathname.split("/");
    if (crm !== "crm") return this.#refuse(404, "NOT_FOUND", `no such place: ${url.pathname}`);
    if (version === "v3" && area === "properties" && type === "contacts" && method === "GET") return this.#properties();
    if (area !== "objects" || this.objects[type] === undefined) return this.#refuse(404, "NOT_FOUND", `no such place: ${url.pathname}`);
    if (version === "v4" && type === "contacts" && method === "GET" && more[0] === "associations") return this.#associations(id ?? "", more[1] ?? "", url.searchParams);
    if (version !== "v3") return this.#refuse(404, "NOT_FOUND", `no such place: ${url.pathname}`);
    if (id === "search" && method === "POST" && more.length === 0) return this.#search(type, JSON.parse(body));
    if (id === "batch" && more.join("/") === "read" && method === "POST") return this.#batch(type, JSON.parse(body));
    if (more.length > 0) return this.#refuse(404, "NOT_FOUND", `no such place: ${url.pathname}`);
    if (id === undefined && method === "POST") return this.#create(type, JSON.parse(body));
    if (id === undefined && method === "GET") return this.#list(type, url.searchParams);
    return this.#one(method, type, id ?? "", url.searchParams, body);
  }

  #shown(object: HubspotObject, names: string[]): object {
    const shown: Record<string, string | null> = { hs_object_id: object.id };
    for (const name of names) shown[name] = object.properties[name] ?? null;
    return { id: object.id, properties: shown, createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:00Z", archived: false };
  }

  #properties(): Reply {
    const results = known["contacts"]?.map((name) => ({ name, label: name, type: "string", fieldType: "text", ...(name === "plan" ? {} : { hubspotDefined: true }) }));
    return { status: 200, body: { results } };
  }

  #list(type: string, query: URLSearchParams): Reply {
    const limit = Number(query.get("limit") ?? 10);
    const after = Number(query.get("after") ?? 0);
    if (!(limit >= 1 && limit <= 100)) return this.#refuse(400, "VALIDATION_ERROR", `limit ${limit}`);
    const all = (this.objects[type] ?? []).filter((one) => Number(one.id) > after);
    const page = all.slice(0, limit);
    const names = query.get("properties")?.split(",") ?? ["firstname", "lastname", "email"];
    const paging = all.length > limit ? { paging: { next: { after: page.at(-1)?.id, link: `${this.url}/next` } } } : {};
    return { status: 200, body: { results: page.map((one) => this.#shown(one, names)), ...paging } };
  }

  #matches(object: HubspotObject, filter: Filter): boolean {
    const from = filter.propertyName === searchable[0] ? calculated(object.properties["phone"])
      : filter.propertyName === searchable[1] ? calculated(object.properties["mobilephone"]) : (object.properties[filter.propertyName] ?? "");
    return from !== "" && [...(filter.values ?? []), ...(filter.value === undefined ? [] : [filter.value])].includes(from.toLowerCase());
  }

  #search(type: string, request: { filterGroups?: { filters: Filter[] }[]; query?: string; properties?: string[]; limit?: number; after?: string; sorts?: unknown[] }): Reply {
    const { filterGroups = [], query, properties = [], limit = 10, after = "0", sorts, ...strange } = request;
    const filters = filterGroups.flatMap((group) => group.filters);
    if (Object.keys(strange).length > 0) return this.#refuse(400, "VALIDATION_ERROR", `unknown: ${Object.keys(strange).join()}`);
    if (filterGroups.length > 5 || filterGroups.some((group) => group.filters.length > 6) || filters.length > 18) return this.#refuse(400, "VALIDATION_ERROR", "too many filters");
    if (!(limit >= 1 && limit <= 200) || !/^\d+$/.test(after) || Number(after) + limit > 10_000 || (query?.length ?? 0) > 3000) return this.#refuse(400, "VALIDATION_ERROR", `limit ${limit}, after ${after}`);
    for (const { propertyName, operator, value, values } of filters) {
      if (![...(known[type] ?? []), ...searchable].includes(propertyName)) return this.#refuse(400, "VALIDATION_ERROR", `no property ${propertyName}`);
      if (operator === "EQ" ? typeof value !== "string" : operator !== "IN" || !Array.isArray(values) || values.some((one) => one !== one.toLowerCase()))
        return this.#refuse(400, "VALIDATION_ERROR", `operator ${operator}`);
    }
    const found = (this.objects[type] ?? []).filter((one) =>
      (filterGroups.length === 0 || filterGroups.some((group) => group.filters.every((filter) => this.#matches(one, filter)))) &&
      (query === undefined || Object.values(one.properties).some((value) => value.toLowerCase().includes(query.toLowerCase()))));
    const end = Number(after) + limit;
    const paging = found.length > end ? { paging: { next: { after: String(end) } } } : {};
    return { status: 200, body: { total: found.length, results: found.slice(Number(after), end).map((one) => this.#shown(one, properties)), ...paging } };
  }

  #batch(type: string, request: { inputs: { id: string }[]; properties: string[] }): Reply {
    if (request.inputs.length > 100) return this.#refuse(400, "VALIDATION_ERROR", "more than 100 inputs");
    const strange = request.properties.filter((name) => !known[type]?.includes(name));
    if (strange.length > 0) return this.#refuse(400, "VALIDATION_ERROR", `no property ${strange.join()}`);
    const found = (this.objects[type] ?? []).filter((one) => request.inputs.some((input) => input.id === one.id));
    const missing = found.length < request.inputs.length ? { numErrors: 1, errors: [{ status: "error", category: "OBJECT_NOT_FOUND", message: "Could not get some objects" }] } : {};
    return { status: found.length < request.inputs.length ? 207 : 200, body: { status: "COMPLETE", results: found.map((one) => this.#shown(one, request.properties)), ...missing } };
  }

  #associations(id: string, type: string, query: URLSearchParams): Reply {
    const limit = Number(query.get("limit") ?? 500);
    if (!(limit >= 1 && limit <= 500) || associationTypes[type] === undefined) return this.#refuse(400, "VALIDATION_ERROR", `limit ${limit}, type ${type}`);
    const after = Number(query.get("after") ?? 0);
    const all = (this.objects[type] ?? []).filter((one) => one.contact === id && Number(one.id) > after);
    const page = all.slice(0, limit);
    const paging = all.length > limit ? { paging: { next: { after: page.at(-1)?.id } } } : {};
    return { status: 200, body: { results: page.map((one) => ({ toObjectId: Number(one.id), associationTypes: [{ category: "HUBSPOT_DEFINED", typeId: 193, label: null }] })), ...paging } };
  }

  /** Values are the caller's: what is wrong with them is refused and no fault of the connector's. */
  #complaint(type: string, properties: Properties): Reply | undefined {
    for (const [name, value] of Object.entries(properties)) {
      const invalid = (why: string): Reply => this.#error(400, "VALIDATION_ERROR", `Property values were not valid: ${JSON.stringify([{ isValid: false, message: why, error: "INVALID", name }])}`);
      if (!known[type]?.includes(name)) return invalid(`Property "${name}" does not exist`);
      if (typeof value !== "string") return this.#refuse(400, "VALIDATION_ERROR", `${name} is not a text`);
      if (words[name] !== undefined && !words[name].includes(value)) return this.#refuse(400, "VALIDATION_ERROR", `${name}: ${value}`);
      if (name === "email" && value !== "" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return invalid("Email address is invalid");
    }
    return undefined;
  }

  #create(type: string, request: { properties: Properties; associations?: { to: { id: string }; types: { associationCategory: string; associationTypeId: number }[] }[] }): Reply {
    const { properties, associations = [] } = request;
    const complaint = this.#complaint(type, properties);
    if (complaint !== undefined) return complaint;
    const same = this.objects["contacts"]?.find((one) => type === "contacts" && (properties["email"] ?? "") !== "" && one.properties["email"] === properties["email"]);
    if (same !== undefined) return this.#error(409, "CONFLICT", `Contact already exists. Existing ID: ${same.id}`);
    if (type !== "contacts" && !/^\d{4}-\d\d-\d\dT/.test(properties["hs_timestamp"] ?? "")) return this.#refuse(400, "VALIDATION_ERROR", "hs_timestamp");
    const [link] = associations;
    if (type !== "contacts" && (link?.types[0]?.associationTypeId !== associationTypes[type] || link?.types[0]?.associationCategory !== "HUBSPOT_DEFINED")) return this.#refuse(400, "VALIDATION_ERROR", "association type");
    if (link !== undefined && !this.objects["contacts"]?.some((one) => one.id === link.to.id)) return this.#error(404, "OBJECT_NOT_FOUND", "the contact is not there");
    return { status: 201, body: this.#shown(this.add(type, properties, link?.to.id), Object.keys(properties)) };
  }

  #one(method: string, type: string, id: string, query: URLSearchParams, body: string): Reply {
    const object = this.objects[type]?.find((one) => one.id === id);
    if (object === undefined) return this.#error(404, "OBJECT_NOT_FOUND", "resource not found");
    if (method === "GET") return { status: 200, body: this.#shown(object, query.get("properties")?.split(",") ?? ["firstname", "lastname", "email"]) };
    if (method === "DELETE") {
      this.objects[type] = (this.objects[type] ?? []).filter((one) => one !== object);
      return { status: 204 };
    }
    if (method !== "PATCH") return this.#refuse(405, "METHOD_NOT_ALLOWED", method);
    const { properties } = JSON.parse(body) as { properties: Properties };
    const complaint = this.#complaint(type, properties);
    if (complaint !== undefined) return complaint;
    Object.assign(object.properties, properties);
    return { status: 200, body: this.#shown(object, Object.keys(object.properties)) };
  }
}
