// All of a list that comes page by page.
import type { Answer } from "./evergrant.ts";

export async function pagesOf(get: (path: string) => Promise<Answer>, path: string, member: string): Promise<Record<string, unknown>[]> {
  const seen: Record<string, unknown>[] = [];
  let cursor = "";
  do {
    const page = await get(path + cursor);
    if (page.status !== 200) throw new Error(JSON.stringify(page.body));
    seen.push(...page.body[member]);
    cursor = page.body.nextCursor === undefined ? "" : `&cursor=${encodeURIComponent(page.body.nextCursor)}`;
  } while (cursor !== "");
  return seen;
}
