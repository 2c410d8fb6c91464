/** Waits until `done` holds, looking often; fails after `limit` milliseconds. */
export async function until(what: string, done: () => boolean | Promise<boolean>, limit = 15_000): Promise<void> {
  const end = Date.now() + limit;
  while (!(await done())) {
    if (Date.now() > end) throw new Error(`not within ${limit} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
