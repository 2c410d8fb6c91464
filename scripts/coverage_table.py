"""Reads llvm-cov's summary from standard input and prints line and branch coverage of each file and folder."""
import json
import os
import sys
from collections import defaultdict


def percent(covered: int, count: int) -> str:
    return f"{100 * covered / count:.1f} %" if count else "-"


def main() -> None:
    rows = {}
    folders: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for entry in json.load(sys.stdin)["data"][0]["files"]:
        lines, branches = entry["summary"]["lines"], entry["summary"]["branches"]
        name = os.path.relpath(entry["filename"])
        figures = [lines["covered"], lines["count"], branches["covered"], branches["count"]]
        rows[name] = figures
        for total in (os.path.dirname(name), "all"):
            folders[total] = [sum(pair) for pair in zip(folders[total], figures)]
    print(f"{'file':<48}{'lines':>9}{'branches':>10}")
    for name, figures in sorted(rows.items()) + sorted(folders.items(), key=lambda row: row[0] == "all"):
        print(f"{name:<48}{percent(*figures[:2]):>9}{percent(*figures[2:]):>10}")


if __name__ == "__main__":
    main()
