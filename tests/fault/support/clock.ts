// A clock of a process's own that can be set forward and back: libfaketime, for CLOCK_REALTIME alone.
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Where the distribution keeps the library; empty: not installed. */
const library = (() => {
  const root = "/usr/lib";
  const found = readdirSync(root).map((name) => path.join(root, name, "faketime/libfaketimeMT.so.1")).find((file) => existsSync(file));
  return found ?? "";
})();

export const noClocks = library === "" ? "libfaketime is not installed: clocks are left alone" : "";

export class SteppedClock {
  readonly #file: string;
  seconds = 0;

  /** `file` tells the process how far its clock is off. */
  constructor(file: string) {
    this.#file = file;
    this.step(0);
  }

  /** Of the process whose clock this is. */
  get environment(): Record<string, string> {
    if (library === "") return {};
    return { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: this.#file, FAKETIME_CACHE_DURATION: "1", DONT_FAKE_MONOTONIC: "1", FAKETIME_DONT_FAKE_UTIME: "1" };
  }

  /** From about a second on the clock is off by so much. */
  step(seconds: number): void {
    this.seconds = seconds;
    writeFileSync(this.#file, `${seconds < 0 ? "-" : "+"}${Math.abs(seconds)}\n`);
  }

  /** The same, and the process has seen it when this answers. */
  async stepNow(seconds: number): Promise<void> {
    this.step(seconds);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }

  /** Removes what the library leaves in shared memory when its process is killed. */
  static sweep(pid: number): void {
    for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`]) rmSync(path.join("/dev/shm", name), { force: true });
  }
}
