#!/usr/bin/env python3
"""Runs the unit test programs of a build, each in a few parts, as many at a time as there are cores.

    scripts/run_unit_programs.py build/dev

A process for each part, not for each test: starting a sanitized program costs more than most tests. Prints what failed
with its output, then `N passed, N failed, N skipped`. A part that crashes or runs out of time counts as one failure more.
"""
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

CORES = os.cpu_count() or 2
PARTS = 3
PART_SECONDS = 900
# It starts a server for all of its tests.
WHOLE = {"postgres_tests"}


@dataclass
class Outcome:
    passed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)
    output: str = ""


def read_report(path: Path) -> Outcome:
    outcome = Outcome()
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None:
            outcome.failures.append(name)
        elif case.get("result") == "skipped" or case.get("status") == "notrun":
            outcome.skipped += 1
        else:
            outcome.passed += 1
    return outcome


def run_part(program: Path, part: int, parts: int, folder: Path) -> Outcome:
    report = folder / f"{program.name}-{part}.xml"
    environment = os.environ | {"GTEST_TOTAL_SHARDS": str(parts), "GTEST_SHARD_INDEX": str(part),
                                "GTEST_OUTPUT": f"xml:{report}", "GTEST_BRIEF": "1"}
    process = subprocess.Popen([str(program)], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True)
    try:
        output, _ = process.communicate(timeout=PART_SECONDS)
        ended = f"ended with code {process.returncode}"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        output, _ = process.communicate()
        ended = "ran out of time"
    outcome = read_report(report) if report.exists() else Outcome()
    if process.returncode != 0 and not outcome.failures:
        outcome.failures.append(f"{program.name}, part {part + 1} of {parts}, {ended}")
    outcome.output = output.decode(errors="replace")
    return outcome


def main(build: str) -> int:
    programs = sorted(path for path in (Path(build) / "tests").glob("*_tests") if os.access(path, os.X_OK))
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(CORES) as pool:
        # The longest first.
        order = sorted(programs, key=lambda path: path.name not in WHOLE | {"storage_tests", "net_tests"})
        running = [pool.submit(run_part, program, part, parts, Path(folder))
                   for program in order for parts in [1 if program.name in WHOLE else PARTS] for part in range(parts)]
        outcomes = [one.result() for one in running]
    failures = [name for one in outcomes for name in one.failures]
    for one in outcomes:
        if one.failures:
            said = [line for line in one.output.splitlines() if not line.startswith('{"time"')]  # not the servers' logs
            print("\n".join(said)[-20_000:])
    for name in failures:
        print(f"FAILED: {name}")
    print(f"{sum(one.passed for one in outcomes)} passed, {len(failures)} failed, "
          f"{sum(one.skipped for one in outcomes)} skipped")
    return 1 if failures or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
