// The measured part of docs/providers-behaving-badly.md.
import type { Measured } from "./measuring.ts";

export interface Section {
  title: string;
  rows: { says: string; cells: Measured }[];
}

const begin = "<!-- measured: begin -->";
const end = "<!-- measured: end -->";

const heading = ["the provider's answer", "a read while the old token is valid", "a read once it has expired", "a new authorization",
  "the connection", "its refresh token", "the next try", "when the provider is well again"];

const line = (cells: string[]) => `| ${cells.join(" | ")} |`;

export function table(sections: Section[]): string {
  const count = sections.reduce((sum, section) => sum + section.rows.length, 0);
  const parts = sections.map(({ title, rows }) => {
    const lines = rows.map(({ says, cells: c }) =>
      line([says, c.whileValid, c.onceExpired, c.firstTime, c.connection, c.refreshToken, c.nextTry, c.wellAgain]));
    return [`### ${title}`, line(heading), line(heading.map(() => "---")).replaceAll(" ", ""), ...lines].join("\n");
  });
  return [`${count} kinds, as measured.`, ...parts].join("\n\n");
}

/** The document with its measured part replaced. */
export function withMeasured(text: string, part: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the document lacks ${begin} or ${end}`);
  return `${text.slice(0, from + begin.length)}\n${part}\n${text.slice(to)}`;
}
