// SOQL and SOSL as far as a simulated Salesforce needs them, strict: what Salesforce would call MALFORMED_QUERY throws.
export type Row = Record<string, unknown> & { Id: string };
type Test = (row: Row) => boolean;

export interface Query {
  object: string;
  fields: string[];
  where: Test;
  order: { field: string; descending: boolean }[];
  limit: number;
}

class Reader {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    const token = /\s*(?:('(?:[^'\\\n\r]|\\["'\\nrtbf_%])*')|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|\d+)|([A-Za-z][A-Za-z0-9_.]*)|(<=|>=|!=|[=<>(),]))/y;
    while (token.lastIndex < text.trimEnd().length) {
      const from = token.lastIndex;
      const found = token.exec(text);
      if (found === null) throw new Error(`not understood: ${text.slice(from)}`);
      this.#tokens.push(found[0].trim());
    }
  }

  peek(): string {
    return this.#tokens[this.#at] ?? "";
  }
  next(): string {
    return this.#tokens[this.#at++] ?? "";
  }
  takes(word: string): boolean {
    if (this.peek().toUpperCase() !== word) return false;
    this.#at++;
    return true;
  }
  must(word: string): void {
    if (!this.takes(word)) throw new Error(`expected ${word}, not ${this.peek()}`);
  }
  name(): string {
    const name = this.next();
    if (!/^[A-Za-z][A-Za-z0-9_.]*$/.test(name)) throw new Error(`no name: ${name}`);
    return name;
  }
}

const escapes: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };
const unescaped = (text: string): string => text.replace(/\\(.)/gs, (_, c: string) => escapes[c] ?? c);

export function valueOf(row: Row, field: string): unknown {
  let value: unknown = row;
  for (const part of field.split(".")) value = (value as Record<string, unknown> | null | undefined)?.[part];
  return value ?? null;
}

/** Times compare by their moments, texts without regard to case, ids with it. */
function compared(field: string, a: unknown, b: unknown): number {
  const key = (value: unknown): string | number => {
    if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) return Date.parse(value.replace("+0000", "Z"));
    return typeof value === "string" && field !== "Id" ? value.toLowerCase() : (value as string | number);
  };
  const [x, y] = [key(a), key(b)];
  return x === y ? 0 : x < y ? -1 : 1;
}

function literal(reader: Reader): unknown {
  const token = reader.next();
  if (token.startsWith("'")) return unescaped(token.slice(1, -1));
  if (/^\d+$/.test(token)) return Number(token);
  if (/^\d{4}-/.test(token)) return token;
  if (/^(true|false|null)$/i.test(token)) return { true: true, false: false, null: null }[token.toLowerCase()];
  throw new Error(`no literal: ${token}`);
}

/** A backslash takes the meaning from a wildcard. */
function like(token: string): RegExp {
  const pattern = token.slice(1, -1).replace(/\\[_%]|\\.|[_%]|[^\\_%]+/gs, (part) => {
    if (part === "%") return "[^]*";
    if (part === "_") return "[^]";
    return (/^\\[_%]$/.test(part) ? part.slice(1) : unescaped(part)).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${pattern}$`, "i");
}

function condition(reader: Reader, names: string[]): Test {
  if (reader.takes("(")) {
    const inner = expression(reader, names);
    reader.must(")");
    return inner;
  }
  const field = reader.name();
  names.push(field);
  if (reader.takes("IN")) {
    reader.must("(");
    const values = [literal(reader)];
    while (reader.takes(",")) values.push(literal(reader));
    reader.must(")");
    return (row) => values.some((value) => compared(field, valueOf(row, field), value) === 0);
  }
  if (reader.takes("LIKE")) {
    const pattern = like(reader.next());
    return (row) => pattern.test(String(valueOf(row, field) ?? ""));
  }
  const sign = reader.next();
  const value = literal(reader);
  const tests: Record<string, (order: number) => boolean> = {
    "=": (order) => order === 0, "!=": (order) => order !== 0, "<": (order) => order < 0, ">": (order) => order > 0,
    "<=": (order) => order <= 0, ">=": (order) => order >= 0,
  };
  const holds = tests[sign];
  if (holds === undefined) throw new Error(`no operator: ${sign}`);
  return (row) => holds(compared(field, valueOf(row, field), value));
}

/** AND and OR side by side need parentheses. */
function expression(reader: Reader, names: string[]): Test {
  const parts = [condition(reader, names)];
  const word = ["AND", "OR"].find((one) => reader.peek().toUpperCase() === one);
  while (word !== undefined && reader.takes(word)) parts.push(condition(reader, names));
  return (row) => (word === "OR" ? parts.some((part) => part(row)) : parts.every((part) => part(row)));
}

function tail(reader: Reader, query: Query): void {
  if (reader.takes("WHERE")) query.where = expression(reader, query.fields);
  if (reader.takes("ORDER")) {
    reader.must("BY");
    do {
      const field = reader.name();
      const descending = reader.takes("DESC");
      if (!descending) reader.takes("ASC");
      query.order.push({ field, descending });
    } while (reader.takes(","));
  }
  if (reader.takes("LIMIT")) query.limit = Number(reader.next());
  if (!(query.limit > 0)) throw new Error("no limit");
}

const empty = (object: string): Query => ({ object, fields: [], where: () => true, order: [], limit: 50_000 });

/** `fields` holds those of the conditions, too. */
export function parseSoql(text: string): Query {
  const reader = new Reader(text);
  reader.must("SELECT");
  const fields = [reader.name()];
  while (reader.takes(",")) fields.push(reader.name());
  reader.must("FROM");
  const query = { ...empty(reader.name()), fields };
  tail(reader, query);
  if (reader.peek() !== "") throw new Error(`too much: ${reader.peek()}`);
  return query;
}

export function parseSosl(text: string): { phrases: string[]; returning: Query[] } {
  const whole = /^FIND \{((?:[^\\}]|\\.)*)\} IN PHONE FIELDS RETURNING (.*)$/s.exec(text);
  if (whole === null) throw new Error(`no search: ${text}`);
  const phrases: string[] = [];
  let left = whole[1] ?? "";
  while (left !== "") {
    const one = /^"((?:[^"\\?&|!{}[\]()^~*:'+-]|\\[?&|!{}[\]()^~*:\\"'+-])+)"(?: OR (?=")|$)/.exec(left);
    if (one === null) throw new Error(`no phrase: ${left}`);
    phrases.push((one[1] ?? "").replace(/\\(.)/g, "$1"));
    left = left.slice(one[0].length);
  }
  const reader = new Reader(whole[2] ?? "");
  const returning: Query[] = [];
  do {
    const query = empty(reader.name());
    reader.must("(");
    do query.fields.push(reader.name());
    while (reader.takes(","));
    tail(reader, query);
    reader.must(")");
    returning.push(query);
  } while (reader.takes(","));
  if (reader.peek() !== "" || phrases.length === 0) throw new Error(`too much: ${reader.peek()}`);
  return { phrases, returning };
}

export function select(rows: Row[], query: Query): Row[] {
  const found = rows.filter(query.where).sort((a, b) => {
    for (const { field, descending } of query.order) {
      const order = compared(field, valueOf(a, field), valueOf(b, field));
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
  return found.slice(0, query.limit);
}
