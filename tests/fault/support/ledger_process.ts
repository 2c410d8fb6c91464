// The providers of ledger.ts as a process of their own. Argument: JSON of ProviderSpec[]. Each line of standard input sets
// `Treatment`; each line of standard output is a `Report`.
import { createInterface } from "node:readline";
import { LedgerProvider, type Beginning, type Presentation } from "../../functional/support/ledger_provider.ts";
import type { ProviderSpec, Report, Treatment } from "./ledger.ts";

const [host = "", specs = "[]"] = process.argv.slice(2);
let treatment: Treatment = {};
let entries = 0;
const providers: LedgerProvider[] = [];

const tell = (report: Report) => void process.stdout.write(`${JSON.stringify(report)}\n`);
const chance = (share = 0) => Math.random() < share;

for (const { id, port, rotation } of JSON.parse(specs) as ProviderSpec[]) {
  const provider = await LedgerProvider.start(rotation, { host, port });
  const numbers = new WeakMap<Presentation | Beginning, number>();
  provider.fate = () => ({
    beforeAnswering: () => new Promise((resolve) => setTimeout(resolve, treatment.delay ?? 0)),
    ...(chance(treatment.failing) ? { failWith: 503 } : {}),
    ...(chance(treatment.losing) && rotation.policy !== "strictly" ? { hangUp: true } : {}),
  });
  provider.onEntry = (entry) => {
    const number = numbers.get(entry) ?? ++entries;
    numbers.set(entry, number);
    if ("refreshToken" in entry) tell({ number, provider: id, presentation: entry });
    else tell({ number, provider: id, beginning: entry });
  };
  providers.push(provider);
}
createInterface({ input: process.stdin }).on("line", (line) => {
  treatment = JSON.parse(line) as Treatment;
  for (const provider of providers) provider.expiresIn = treatment.expiresIn ?? 3600;
  tell({ treated: true });
});
tell({ treated: true });
