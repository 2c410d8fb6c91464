#!/usr/bin/env python3
"""Holds the documents against the tree: a link leads somewhere, a test that a document names exists, a metric that a
document, a dashboard or a rule asks for is one that the server has, and one that it has is told of in docs/operations.md.

Tests are named `Suite.test` in backticks, or `file.test.ts: "sentence"`.

    scripts/check_documents.py
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
UNIT_TEST = re.compile(r"`([A-Z][A-Za-z0-9]*)\.([a-z][a-z0-9_]*)`")
FILES = {("CMakeLists", "txt"), ("CMakePresets", "json")}  # look like tests
NODE_TEST = re.compile(r'([a-z0-9_]+\.test\.ts): "([^"]+)"')
DEFINITION = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)")
METRIC = re.compile(r"\bevergrant_[a-z_]+[a-z]\b")
NOT_METRICS = {"evergrant_now", "evergrant_folder", "evergrant_flags",  # a function of SQL, and of CMake
               "evergrant_browser"}  # a cookie
WHERE_METRICS_ARE_TOLD_OF = ROOT / "docs" / "operations.md"
METRIC_DEFINED = re.compile(r'"(evergrant_[a-z_]+)"')
OF_A_HISTOGRAM = re.compile(r"_(?:bucket|sum|count)$")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def tracked(*patterns: str) -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
                             cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for path in map(ROOT.joinpath, listing.splitlines()) if path.exists()]


def anchor_of(heading: str) -> str:
    """As GitHub makes it of a heading."""
    plain = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return plain.strip().replace(" ", "-")


def anchors_in(page: Path) -> set[str]:
    text = FENCE.sub("", page.read_text())
    return {anchor_of(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


def broken_link(page: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return False
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists():
        return True
    return bool(anchor) and file.suffix == ".md" and anchor not in anchors_in(file)


def unknown_metrics(page: Path, known: set[str]) -> list[str]:
    asked = set(METRIC.findall(page.read_text())) - NOT_METRICS
    return sorted(name for name in asked if name not in known and OF_A_HISTOGRAM.sub("", name) not in known)


def main() -> int:
    metrics = {name for path in tracked("src/**.cpp", "src/**.h") for name in METRIC_DEFINED.findall(path.read_text())}
    unit_tests = {match for path in tracked("tests/unit/**.cpp", "tests/unit/**.h")
                  for match in DEFINITION.findall(path.read_text())}
    node_tests = {path.name: path.read_text() for path in tracked("tests/**.test.ts")}
    links = named = wrong = 0
    for page in tracked("*.md"):
        text = FENCE.sub("", page.read_text())
        complaints = []
        for target in LINK.findall(text):
            links += 1
            if broken_link(page, target):
                complaints.append(f"{target} leads nowhere")
        for suite, test in UNIT_TEST.findall(text):
            if (suite, test) in FILES:
                continue
            named += 1
            if (suite, test) not in unit_tests:
                complaints.append(f"there is no test {suite}.{test}")
        for file, sentence in NODE_TEST.findall(text):
            named += 1
            if sentence not in node_tests.get(file, ""):
                complaints.append(f"{file} has no test \"{sentence}\"")
        for complaint in complaints:
            print(f"{page.relative_to(ROOT)}: {complaint}")
        wrong += len(complaints)
    for page in tracked("*.md", "deploy/**"):
        for name in unknown_metrics(page, metrics):
            print(f"{page.relative_to(ROOT)}: there is no metric {name}")
            wrong += 1
    told_of = set(METRIC.findall(WHERE_METRICS_ARE_TOLD_OF.read_text()))
    for name in sorted(metrics - NOT_METRICS - told_of):
        print(f"{WHERE_METRICS_ARE_TOLD_OF.relative_to(ROOT)}: the metric {name} is not told of")
        wrong += 1
    print(f"{links} links and {named} tests named, {wrong} of them wrong")
    return 1 if wrong or not links or not named else 0


if __name__ == "__main__":
    sys.exit(main())
