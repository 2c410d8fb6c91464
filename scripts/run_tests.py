#!/usr/bin/env python3
"""Runs the test stages one after another and prints a table and, as its last line, `N passed, N failed`.

    scripts/run_tests.py [stage...]     (without a stage: all of them; --list names them)

A failing stage does not stop the others. A stage that crashes, runs out of time or runs no test counts as failed.
What each stage printed is kept in build/test-report/<stage>.log.
"""
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Optional

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "build" / "test-report"
CORES = str(os.cpu_count() or 2)
PROGRESS_EVERY = 20  # seconds
ALL_MINUTES = 80     # what is left to do then fails as out of time, so that the closing line is always printed
USUAL_SEEDS = 20_000
USUAL_FUZZ_SECONDS = "10"  # of each target; `make fuzz` takes longer
BINARY = ROOT / "build" / "release" / "evergrant"
SIMULATION = ROOT / "build" / "release" / "tests" / "simulation" / "refresh_simulation"
FAULT_BINARY = ROOT / "build" / "fault" / "evergrant"


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    failures: list[str] = field(default_factory=list)
    skipped: int = 0

    def add(self, other: "Count") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.failures += other.failures
        self.skipped += other.skipped


@dataclass
class Step:
    """One command. `count` reads its tests from its output; without it the command itself is one check, or none."""
    argv: list[str]
    name: str
    is_check: bool = False
    count: Optional[Callable[[str], Count]] = None
    environment: dict[str, str] = field(default_factory=dict)
    directory: Path = ROOT


@dataclass
class Stage:
    name: str
    title: str
    steps: list[Step]
    minutes: int
    needs: str = ""                      # a stage whose failure makes this one fail at once
    skip_without: Optional[Path] = None  # the stage is part of the project only once this file is
    stop_at_failure: bool = True


def read_node_summary(output: str) -> Count:
    """The closing lines of node's test runner, in its spec or its TAP form; several runs add up."""
    count = Count()
    for what, number in re.findall(r"^(?:#|ℹ) (pass|fail|cancelled|skipped) (\d+)\s*$", output, re.MULTILINE):
        if what == "pass":
            count.passed += int(number)
        elif what == "skipped":
            count.skipped += int(number)
        else:
            count.failed += int(number)
    count.failures = re.findall(r"^\s*not ok \d+ - (.*)$", output, re.MULTILINE)[:20]
    return count


def read_closing_line(output: str) -> Count:
    found = re.findall(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$", output, re.MULTILINE)
    if not found:
        return Count()
    passed, failed, skipped = found[-1]
    failures = re.findall(r"^FAILED: (.*)$", output, re.MULTILINE)
    return Count(int(passed), int(failed), failures, int(skipped or 0))


def configure(preset: str) -> Step:
    return Step(["cmake", "--preset", preset], f"configure {preset}")


def build(preset: str, *targets: str, is_check: bool = False) -> Step:
    argv = ["cmake", "--build", "--preset", preset, "-j", CORES]
    if targets:
        argv += ["--target", *targets]
    return Step(argv, f"build {preset}", is_check=is_check)


def unit_stage(preset: str, title: str) -> Stage:
    run = Step(["scripts/run_unit_programs.py", f"build/{preset}"], f"unit tests ({preset})", count=read_closing_line)
    return Stage(f"unit-{preset}", title, [configure(preset), build(preset, "unit_tests", is_check=True), run], 25)


def check(name: str, *argv: str) -> Step:
    return Step(list(argv), name, is_check=True)


def all_stages() -> list[Stage]:
    functional = ROOT / "tests" / "functional"
    fault = ROOT / "tests" / "fault" / "run.sh"
    fault_minutes = 60 if os.environ.get("FAULT_FORM") == "long" else 15
    seeds = int(os.environ.get("SEEDS", USUAL_SEEDS))
    return [
        Stage("checks", "Folders, coroutines, format, documents", [
            check("the folder check flags what it should", "scripts/check_folders.py", "--self-test"),
            check("no include points upwards", "scripts/check_folders.py"),
            check("the coroutine check flags what it should", "scripts/check_coroutines.py", "--self-test"),
            check("no statement that g++ 12 miscompiles", "scripts/check_coroutines.py"),
            check("no machine's paths, nothing unfinished", "scripts/check_tree.sh"),
            check("every file is formatted", "scripts/check_format.sh"),
            check("docs/http-api.md is what the contract says", "scripts/make_http_api.py", "--check"),
            check("Prometheus rules fire when they should", "scripts/check_alert_rules.sh"),
            check("documents' links lead somewhere, tests they name exist", "scripts/check_documents.py"),
        ], 5, stop_at_failure=False),
        Stage("release", "Release build", [configure("release"), build("release", is_check=True)], 20),
        unit_stage("dev", "Unit tests: AddressSanitizer, UBSan"),
        Stage("functional", "Functional tests against real servers", [
            Step(["npm", "ci", "--no-fund", "--no-audit"], "npm ci", directory=functional),
            Step(["npm", "run", "check", "--if-present"], "the tests' types", is_check=True, directory=functional),
            Step(["npm", "test"], "npm test", count=read_node_summary, directory=functional,
                 environment={"EVERGRANT_BINARY": str(BINARY)}),
        ], 15, needs="release", skip_without=functional / "package.json"),
        Stage("fault", "Fault tests: killed and cut at every step", [
            configure("fault"), build("fault", is_check=True),
            Step([str(fault), os.environ.get("FAULT_FORM", "quick")], "tests/fault/run.sh",
                 count=lambda output: read_closing_line(output) if "passed, " in output else read_node_summary(output),
                 environment={"EVERGRANT_BINARY": str(FAULT_BINARY)}),
        ], fault_minutes, skip_without=fault),
        Stage("simulation", "Simulation: a fleet's refreshes", [
            configure("release"), build("release", "refresh_simulation"),
            Step([str(SIMULATION), "--seeds", str(seeds)], "refresh_simulation",
                 count=read_closing_line),
        ], max(15, 15 * seeds // USUAL_SEEDS)),
        Stage("model", "Model: every order of events, with Spin", [
            Step(["tests/model/run.sh"], "tests/model/run.sh", count=read_closing_line),
        ], 15),
        unit_stage("tsan", "Unit tests: ThreadSanitizer"),
        unit_stage("gcc", "Unit tests: g++"),
        Stage("fuzz", "Fuzz targets", [
            Step(["scripts/fuzz.sh"], "scripts/fuzz.sh", count=read_closing_line,
                 environment={"FUZZ_SECONDS": os.environ.get("FUZZ_SECONDS", USUAL_FUZZ_SECONDS)}),
        ], 15),
        Stage("headers", "Headers without a source compile alone", [
            configure("dev"), build("dev", "quick_check_headers", is_check=True),
        ], 10),
        Stage("tidy", "clang-tidy", [configure("release"), check("clang-tidy", "scripts/check_tidy.sh")], 15),
    ]


def run_step(step: Step, log_path: Path, deadline: float) -> tuple[int, str]:
    """The exit code (124 when out of time) and the output, which is appended to the log as it comes."""
    environment = os.environ | step.environment
    node = ROOT / "build" / "node" / "node_modules" / "node" / "bin"
    if node.exists():
        environment["PATH"] = f"{node}:{environment['PATH']}"
    started_at = log_path.stat().st_size if log_path.exists() else 0
    with log_path.open("ab") as log:
        try:
            process = subprocess.Popen(step.argv, cwd=step.directory, env=environment, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        except OSError as error:
            log.write(f"{step.name}: {error}\n".encode())
            process = None
    try:
        code = 127 if process is None else wait_showing_progress(process, log_path, deadline)
    finally:
        if process is not None:
            end_group(process)
    with log_path.open("rb") as log:
        log.seek(started_at)
        return code, log.read().decode(errors="replace")


def end_group(process: subprocess.Popen) -> None:
    """A step that crashed or was interrupted leaves no server of its own behind."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def wait_showing_progress(process: subprocess.Popen, log_path: Path, deadline: float) -> int:
    started = time.monotonic()
    while True:
        try:
            return process.wait(timeout=max(0.0, min(PROGRESS_EVERY, deadline - time.monotonic())))
        except subprocess.TimeoutExpired:
            if time.monotonic() >= deadline:
                return 124
            print(f"    {time.monotonic() - started:4.0f} s  {last_line(log_path)}", flush=True)


def last_line(path: Path) -> str:
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 2000))
        lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    return lines[-1][:100] if lines else ""


def count_step(step: Step, code: int, output: str) -> Count:
    if step.count:
        count = step.count(output)
        if code != 0 and count.failed == 0:
            count.add(Count(failed=1, failures=[f"{step.name} ended with code {code}"]))
        elif count.passed + count.failed == 0:
            count.add(Count(failed=1, failures=[f"{step.name} ran no test"]))
        return count
    if code != 0:
        reason = "ran out of time" if code == 124 else f"ended with code {code}"
        return Count(failed=1, failures=[f"{step.name} {reason}"])
    return Count(passed=1) if step.is_check else Count()


def run_stage(stage: Stage, all_end: float) -> Count:
    log_path = REPORT / f"{stage.name}.log"
    log_path.unlink(missing_ok=True)
    deadline = min(time.monotonic() + stage.minutes * 60, all_end)
    total = Count()
    for step in stage.steps:
        code, output = run_step(step, log_path, deadline)
        count = count_step(step, code, output)
        total.add(count)
        if count.failed:
            print(indented_tail(output), flush=True)
            if stage.stop_at_failure:
                break
    return total


def indented_tail(output: str, lines: int = 60) -> str:
    return "\n".join("    | " + line for line in output.splitlines()[-lines:])


def print_table(rows: list[tuple[Stage, Count, float]]) -> None:
    """What was skipped has a column only where something was."""
    any_skipped = any(count.skipped for _, count, _ in rows)
    print(f"\n{'stage':<46}{'passed':>8}{'failed':>8}" + ("skipped".rjust(9) if any_skipped else "") + f"{'seconds':>9}")
    for stage, count, seconds in rows:
        skipped = f"{count.skipped:>9}" if any_skipped else ""
        print(f"{stage.title:<46}{count.passed:>8}{count.failed:>8}{skipped}{seconds:>9.0f}")
    for stage, count, _ in rows:
        for failure in count.failures:
            print(f"FAILED {stage.name}: {failure}")


def main(wanted: list[str]) -> int:
    stages = all_stages()
    if wanted == ["--list"]:
        for stage in stages:
            print(f"{stage.name:<14}{stage.title}")
        return 0
    unknown = set(wanted) - {stage.name for stage in stages}
    if unknown:
        print(f"unknown stage: {', '.join(sorted(unknown))}; scripts/run_tests.py --list names them", file=sys.stderr)
        return 2
    REPORT.mkdir(parents=True, exist_ok=True)
    # Stages that somebody named have the time that each of them has.
    all_minutes = sum(stage.minutes for stage in stages if stage.name in wanted) if wanted else ALL_MINUTES
    all_end = time.monotonic() + all_minutes * 60
    rows: list[tuple[Stage, Count, float]] = []
    failed_stages: set[str] = set()
    for stage in stages:
        if wanted and stage.name not in wanted:
            continue
        if stage.skip_without and not stage.skip_without.exists():
            print(f"==> {stage.title}: none in the tree", flush=True)
            continue
        print(f"==> {stage.title}", flush=True)
        started = time.monotonic()
        if stage.needs in failed_stages:
            count = Count(failed=1, failures=[f"not run: stage {stage.needs} failed"])
        else:
            count = run_stage(stage, all_end)
        if count.failed:
            failed_stages.add(stage.name)
        rows.append((stage, count, time.monotonic() - started))
        print(f"    {count.passed} passed, {count.failed} failed in {rows[-1][2]:.0f} s", flush=True)
    print_table(rows)
    failed = sum(count.failed for _, count, _ in rows)
    print(f"\n{sum(count.passed for _, count, _ in rows)} passed, {failed} failed", flush=True)
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
