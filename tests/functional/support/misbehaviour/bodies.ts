// Misbehaviour by what the body holds.
import { gzipSync } from "node:zlib";
import { answering, giving, html, json, members, type Group } from "./kinds.ts";

const page = "<!doctype html><html><body><h1>Sign in</h1></body></html>";
const form = (good: Record<string, unknown>) => new URLSearchParams(Object.entries(good).map(([name, value]) => [name, String(value)])).toString();
const text = (write: (plain: string) => string | Buffer) => giving((good) => write(JSON.stringify(good)));
const megabytes = 1024 * 1024;

export const bodies: Group = {
  title: "Bodies",
  rows: [
    { says: "200, empty", conduct: answering(200, "", json) },
    { says: "200, blanks", conduct: answering(200, "  \r\n ", json) },
    { says: "200, a page", conduct: answering(200, page, html) },
    { says: "200, a page that says it is JSON", conduct: answering(200, page, json) },
    { says: "200, XML", conduct: answering(200, "<?xml version=\"1.0\"?><token>a</token>", { "content-type": "application/xml" }) },
    { says: "200, `{}`", conduct: answering(200, "{}", json) },
    { says: "200, `[]`", conduct: answering(200, "[]", json) },
    { says: "200, `null`", conduct: answering(200, "null", json) },
    { says: "200, a string", conduct: answering(200, '"token"', json) },
    { says: "tokens within a list", conduct: text((plain) => `[${plain}]`) },
    { says: "tokens within `data`", conduct: text((plain) => `{"data":${plain}}`) },
    { says: "JSON cut in the middle", conduct: text((plain) => plain.slice(0, plain.length / 2)) },
    { says: "JSON with rubbish behind it", conduct: text((plain) => `${plain}\n<!-- served by cache -->`) },
    { says: "JSON behind a byte order mark", conduct: text((plain) => `\ufeff${plain}`) },
    { says: "JSON in UTF-16", conduct: text((plain) => Buffer.from(plain, "utf16le")) },
    { says: "JSON with a broken UTF-8 sequence", conduct: text((plain) => Buffer.concat([Buffer.from(plain.slice(0, -1) + ',"note":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])) },
    { says: "JSON with a comment", conduct: text((plain) => `/* ok */${plain}`) },
    { says: "JSON that says it is a page", conduct: giving(JSON.stringify, html) },
    { says: "JSON without a type", conduct: giving(JSON.stringify, {}) },
    { says: "a form instead of JSON", conduct: giving(form, { "content-type": "application/x-www-form-urlencoded" }) },
    { says: "a form that says it is JSON", conduct: giving(form) },
    { says: "10 MB of JSON, the tokens first", conduct: text((plain) => `${plain.slice(0, -1)},"filler":"${"x".repeat(10 * megabytes)}"}`) },
    { says: "10 MB of blanks", conduct: answering(200, " ".repeat(10 * megabytes), json) },
    { says: "100,000 lists in each other", conduct: text((plain) => `${plain.slice(0, -1)},"deep":${"[".repeat(100_000)}${"]".repeat(100_000)}}`) },
    { says: "30,000 members", conduct: text((plain) => `${plain.slice(0, -1)},${Array.from({ length: 30_000 }, (_, n) => `"member_${n}":${n}`).join(",")}}`) },
    { says: "a gzip bomb of 100 MB", conduct: answering(200, gzipSync(Buffer.alloc(100 * megabytes, " ")), { ...json, "content-encoding": "gzip" }) },
    { says: "gzip", conduct: giving((good) => gzipSync(JSON.stringify(good)), { ...json, "content-encoding": "gzip" }) },
    { says: "gzip, cut", conduct: giving((good) => gzipSync(JSON.stringify(good)).subarray(0, 40), { ...json, "content-encoding": "gzip" }) },
    { says: "JSON that says it is gzip", conduct: giving(JSON.stringify, { ...json, "content-encoding": "gzip" }) },
    { says: "an encoding nobody knows", conduct: giving(JSON.stringify, { ...json, "content-encoding": "zip" }) },
  ],
};

const twice = (name: string, value: unknown) => text((plain) => `${plain.slice(0, -1)},"${name}":${JSON.stringify(value)}}`);
const expiring = (literal: string) => text((plain) => plain.replace(/"expires_in":\d+/, `"expires_in":${literal}`));

export const lifetimes: Group = {
  title: "`expires_in`",
  rows: [
    { says: "`\"3600\"`", conduct: expiring('"3600"') },
    { says: "`\"soon\"`", conduct: expiring('"soon"') },
    { says: "`0`", conduct: expiring("0") },
    { says: "`-1`", conduct: expiring("-1") },
    { says: "`3599.9`", conduct: expiring("3599.9") },
    { says: "`1e18`", conduct: expiring("1e18") },
    { says: "`1e400`", conduct: expiring("1e400") },
    { says: "`NaN`", conduct: expiring("NaN") },
    { says: "`\"NaN\"`", conduct: expiring('"NaN"') },
    { says: "`\"Infinity\"`", conduct: expiring('"Infinity"') },
    { says: "`null`", conduct: expiring("null") },
    { says: "`true`", conduct: expiring("true") },
    { says: "`[3600]`", conduct: expiring("[3600]") },
    { says: "missing", conduct: members({ expires_in: undefined }) },
  ],
};

export const tokens: Group = {
  title: "Tokens",
  rows: [
    { says: "no `access_token`", conduct: members({ access_token: undefined }) },
    { says: "`access_token` null", conduct: members({ access_token: null }) },
    { says: "`access_token` empty", conduct: members({ access_token: "" }) },
    { says: "`access_token` a number", conduct: members({ access_token: 17 }) },
    { says: "`access_token` an object", conduct: members({ access_token: { token: "a" } }) },
    { says: "`access_token` with a line break", conduct: members({ access_token: "a\r\nX-Injected: 1" }) },
    { says: "`access_token` with a letter outside ASCII", conduct: members({ access_token: "tökén" }) },
    { says: "`access_token` of 100 KB", conduct: members({ access_token: "a".repeat(100_000) }) },
    { says: "no `refresh_token`", conduct: members({ refresh_token: undefined }) },
    { says: "`refresh_token` null", conduct: members({ refresh_token: null }) },
    { says: "`refresh_token` empty", conduct: members({ refresh_token: "" }) },
    { says: "`refresh_token` a number", conduct: members({ refresh_token: 17 }) },
    { says: "`access_token` twice", conduct: twice("access_token", "the-second") },
    { says: "`expires_in` twice, once `-1`", conduct: twice("expires_in", -1) },
    { says: "`token_type` missing", conduct: members({ token_type: undefined }) },
    { says: "`token_type` null", conduct: members({ token_type: null }) },
    { says: "`token_type` with a line break", conduct: members({ token_type: "Bearer\r\nX-Injected: 1" }) },
    { says: "`scope` a number", conduct: members({ scope: 17 }) },
  ],
};
