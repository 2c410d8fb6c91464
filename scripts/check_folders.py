#!/usr/bin/env python3
"""Holds the table of who may know whom. The allowed arrows are the evergrant_folder lines of the root CMakeLists.txt;
the other rules are the list RULES below.

    scripts/check_folders.py [--self-test]
"""
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Rule:
    """What matches `pattern` may stand in these folders alone (or, with `banned`, may not stand in them)."""
    pattern: re.Pattern
    folders: set[str]
    why: str
    banned: bool = False
    in_strings: bool = False

    def broken_by(self, folder: str) -> bool:
        return (folder in self.folders) == self.banned


PURE = {"oauth", "crypto", "catalog"}

RULES = [
    Rule(re.compile(r"#include\s*[<\"](boost/beast|curl/)"), {"net"}, "only net/ includes Beast or curl"),
    Rule(re.compile(r"#include\s*[<\"]hiredis"), {"net"}, "only net/ includes hiredis"),
    Rule(re.compile(r"#include\s*[<\"]phonenumbers"), {"connectors"}, "only connectors/ includes libphonenumber"),
    Rule(re.compile(r"#include\s*[<\"]sqlite3"), {"storage"}, "only storage/ includes SQLite"),
    Rule(re.compile(r"#include\s*[<\"]boost/asio"), PURE, "a pure folder includes no Asio", banned=True),
    Rule(re.compile(r"#include\s*[<\"]boost/asio/experimental"), {"async"}, "Asio's experimental parts belong to async/"),
    Rule(re.compile(r"\basio::detached\b"), set(), "an exception vanishes in asio::detached: use Shard::spawn"),
    Rule(re.compile(r"\b(system_clock|steady_clock)::now\(|\bSystemClock\b"), {"oauth", "catalog"},
         "a pure folder takes the time as a parameter", banned=True),
    Rule(re.compile(r"\b(std::|::)?getenv\s*\("), {"app", "base"}, "only app/ reads the environment"),
    Rule(re.compile(r"\bstd::(cout|cerr|clog)\b|\b(std::)?printf\s*\("), {"app"}, "only app/ prints; others log"),
    # Connectors speak Salesforce's SOQL, which has a SELECT of its own.
    Rule(re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(TABLE|INDEX)|"
                    r"ALTER\s+TABLE|PRAGMA\s+\w)", re.DOTALL), {"storage", "connectors"},
         "SQL stands in storage/ and migrations/ alone", in_strings=True),
]

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)
STRING = re.compile(r'R"(\w*)\((.*?)\)\1"|"((?:\\.|[^"\\\n])*)"', re.DOTALL)
COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*"|R"(\w*)\(.*?\)\2")|//[^\n]*|/\*.*?\*/', re.DOTALL)


def read_arrows(cmake: str) -> dict[str, set[str]]:
    """Each folder with all it may include: itself, those its line names, and what they see."""
    direct: dict[str, set[str]] = {}
    for line in re.findall(r"^evergrant_folder\(([^)]*)\)", cmake, re.MULTILINE):
        name, *rest = line.split()
        named = re.search(r"\bFOLDERS\s+(.*?)(?:\s+LIBRARIES\b|$)", " ".join(rest))
        direct[name] = set(named.group(1).split()) if named else set()

    def reach(folder: str) -> set[str]:
        return {folder}.union(*(reach(below) for below in direct.get(folder, set())))

    return {folder: reach(folder) for folder in direct}


def without_comments(source: str) -> str:
    return COMMENT.sub(lambda match: match.group(1) or re.sub(r"[^\n]", " ", match.group()), source)


def problems(folder: str, source: str, arrows: dict[str, set[str]]) -> Iterator[tuple[int, str]]:
    code = without_comments(source)

    def line_of(offset: int) -> int:
        return code.count("\n", 0, offset) + 1

    for match in INCLUDE.finditer(code):
        included = match.group(1)
        target = included.split("/")[0]
        if "/" not in included or included.startswith("."):
            yield line_of(match.start()), f'"{included}": includes are written from src/ on, folder first'
        elif target not in arrows.get(folder, {folder}):
            yield line_of(match.start()), f'"{included}": {folder}/ may not know {target}/ (see CMakeLists.txt)'
    for rule in RULES:
        if not rule.broken_by(folder):
            continue
        text = strings_alone(code) if rule.in_strings else code
        for match in rule.pattern.finditer(text):
            yield line_of(match.start()), rule.why


def strings_alone(code: str) -> str:
    """The code with all but the contents of its strings blanked out; lines stay where they are."""
    blank = [character if character == "\n" else " " for character in code]
    for match in STRING.finditer(code):
        blank[match.start():match.end()] = code[match.start():match.end()].replace('"', " ")
    return "".join(blank)


def check_tree() -> int:
    arrows = read_arrows((ROOT / "CMakeLists.txt").read_text(encoding="utf-8"))
    found = 0
    paths = sorted(path for path in (ROOT / "src").rglob("*") if path.suffix in (".h", ".cpp") and path.parent != ROOT / "src")
    for path in paths:
        folder = path.relative_to(ROOT / "src").parts[0]
        if folder not in arrows:
            print(f"{path}: {folder}/ has no evergrant_folder line in CMakeLists.txt")
            found += 1
            continue
        for line, problem in problems(folder, path.read_text(encoding="utf-8"), arrows):
            print(f"{path}:{line}: {problem}")
            found += 1
    print(f"{len(paths)} files, {found} that know what they may not")
    return 1 if found else 0


CMAKE = """
evergrant_folder(base    LIBRARIES Boost::headers)
evergrant_folder(async   FOLDERS base)
evergrant_folder(net     FOLDERS async LIBRARIES CURL::libcurl)
evergrant_folder(oauth   FOLDERS base)
evergrant_folder(storage FOLDERS oauth async)
evergrant_folder(api     FOLDERS storage net)
"""

# folder, source, number of problems
CASES = [
    ("net", '#include "base/error.h"', 0),
    ("net", '#include "net/http_client.h"', 0),
    ("base", '#include "net/http_client.h"', 1),
    ("oauth", '#include "async/task.h"', 1),
    ("api", '#include "oauth/pkce.h"', 0),
    ("api", '#include "error.h"', 1),
    ("api", '#include "../base/error.h"', 1),
    ("api", '// #include "app/main.h"', 0),
    ("api", "#include <boost/beast/http.hpp>", 1),
    ("net", "#include <boost/beast/http.hpp>\n#include <curl/curl.h>", 0),
    ("storage", "#include <curl/curl.h>", 1),
    ("cache", "#include <hiredis/read.h>", 1),
    ("net", "#include <hiredis/read.h>", 0),
    ("oauth", "#include <boost/asio/awaitable.hpp>", 1),
    ("net", "#include <boost/asio/experimental/parallel_group.hpp>", 1),
    ("async", "#include <boost/asio/experimental/parallel_group.hpp>", 0),
    ("net", "co_spawn(executor, work(), boost::asio::detached);", 1),
    ("net", "// never asio::detached", 0),
    ("oauth", "const auto now = std::chrono::system_clock::now();", 1),
    ("api", 'execute("SELECT id FROM tenants");', 1),
    ("api", 'execute(R"(\nINSERT INTO\n tenants VALUES (1))");', 1),
    ("api", 'const char* text = "Select a tenant from the list";', 0),
    ("api", "int SELECT = 1; // SELECT a FROM b", 0),
    ("storage", 'execute("SELECT id FROM tenants");', 0),
    ("api", 'std::getenv("HOME");', 1),
    ("api", "std::cout << 1;", 1),
    ("api", "std::snprintf(text, size, format);", 0),
]


def self_test() -> int:
    arrows = read_arrows(CMAKE)
    wrong = 0
    if arrows["api"] != {"api", "storage", "net", "oauth", "async", "base"} or arrows["base"] != {"base"}:
        wrong += 1
        print(f"the arrows are read wrongly: {arrows}")
    for folder, source, expected in CASES:
        found = list(problems(folder, source, arrows))
        if len(found) != expected:
            wrong += 1
            print(f"{folder}: {source!r}: expected {expected}, found {found}")
    print(f"{len(CASES) + 1} cases, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1:] == ["--self-test"] else check_tree())
