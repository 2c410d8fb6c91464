// Many connections, each under a data key of its own, put into a store past the server: sealed as storage/sealer.h says, by
// a second hand, so that what the server opens afterwards was sealed by the documented form and not by itself.
import { createCipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { PostgresServer } from "./postgres.ts";
import { feed } from "./program.ts";

export const sealedProvider = "zoho_crm";
export const tenantOf = (index: number): string => `tenant-${index}`;
export const accessTokenOf = (index: number): string => `access-${index}-of-a-tenant`;

const firstId = 1_000;
const sealsReserved = 1_024;
const rowsAtOnce = 1_000;
const generation = 1;

function number(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function field(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([number(bytes.length), bytes]);
}

/** nonce ‖ ciphertext ‖ tag, by AES-256-GCM. */
function sealed(key: Buffer, plaintext: Buffer, associatedData: Buffer): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(associatedData);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

interface SealedRow {
  id: number;
  tenant: string;
  masterKeyId: string;
  wrapped: string;
  accessToken: string;
  refreshToken: string;
}

function sealRow(masterKey: Buffer, masterKeyId: string, index: number): SealedRow {
  const id = firstId + index;
  const tenant = tenantOf(index);
  const dataKey = randomBytes(32);
  const box = (name: string, plaintext: string): string => {
    const place = Buffer.concat([field("evergrant sealed value 1"), field(tenant), field(sealedProvider), field(name), number(generation)]);
    return Buffer.concat([Buffer.from([1]), number(id), sealed(dataKey, Buffer.from(plaintext), place)]).toString("hex");
  };
  const wrapped = sealed(masterKey, dataKey, Buffer.concat([field("evergrant data key 1"), field(tenant), number(id)]));
  return {
    id,
    tenant,
    masterKeyId,
    wrapped: wrapped.toString("hex"),
    accessToken: box("access_token", accessTokenOf(index)),
    refreshToken: box("refresh_token", `refresh-${index}-of-a-tenant`),
  };
}

function* rowsInParts(masterKeyDigits: string, count: number): Generator<SealedRow[]> {
  const masterKey = Buffer.from(masterKeyDigits, "hex");
  const masterKeyId = Buffer.from(hkdfSync("sha256", masterKey, "", "evergrant key id", 32)).toString("hex").slice(0, 8);
  for (let from = 0; from < count; from += rowsAtOnce)
    yield Array.from({ length: Math.min(rowsAtOnce, count - from) }, (_, index) => sealRow(masterKey, masterKeyId, from + index));
}

const keyColumns = "data_keys (id, tenant_id, master_key_id, wrapped, seals_reserved)";
const tokenColumns = `oauth_tokens (tenant_id, integration_id, provider, status, generation, scopes, expires_at_s, created_at, updated_at,
  params, token_type, lifetime_s, access_token, refresh_token)`;
const expiresAt = () => Math.floor(Date.now() / 1000) + 30 * 86_400;

function* sqliteText(masterKey: string, count: number): Generator<string> {
  const expires = expiresAt();
  yield "BEGIN;\n";
  for (const part of rowsInParts(masterKey, count)) {
    const keys = part.map((row) => `(${row.id},'${row.tenant}','${row.masterKeyId}',x'${row.wrapped}',${sealsReserved})`);
    const tokens = part.map((row) => `('${row.tenant}','${sealedProvider}','${sealedProvider}','healthy',${generation},'[]',${expires},0,0,'{}','Bearer',${30 * 86_400},x'${row.accessToken}',x'${row.refreshToken}')`);
    yield `INSERT INTO ${keyColumns} VALUES ${keys.join(",")};\nINSERT INTO ${tokenColumns} VALUES ${tokens.join(",")};\n`;
  }
  yield "COMMIT;\n";
}

function* postgresText(masterKey: string, count: number): Generator<string> {
  const expires = expiresAt();
  const copied = (columns: string, lines: string[]) => `COPY ${columns.replaceAll("\n", " ")} FROM STDIN;\n${lines.join("\n")}\n\\.\n`;
  for (const part of rowsInParts(masterKey, count)) {
    yield copied(keyColumns, part.map((row) => [row.id, row.tenant, row.masterKeyId, `\\\\x${row.wrapped}`, sealsReserved].join("\t")));
    yield copied(tokenColumns, part.map((row) => [row.tenant, sealedProvider, sealedProvider, "healthy", generation, "[]", expires, 0, 0, "{}", "Bearer", 30 * 86_400, `\\\\x${row.accessToken}`, `\\\\x${row.refreshToken}`].join("\t")));
  }
  yield `SELECT setval('data_key_ids', ${firstId + count});\nANALYZE;\n`;
}

/** Fills the database of a server that is not running. */
export function fillSqlite(file: string, masterKey: string, count: number): Promise<void> {
  return feed(["sqlite3", "-bail", file], sqliteText(masterKey, count));
}

export function fillPostgres(server: PostgresServer, masterKey: string, count: number): Promise<void> {
  return server.script(postgresText(masterKey, count));
}
