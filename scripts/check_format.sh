#!/usr/bin/env bash
# Every C++ file stands as clang-format would write it; `make format` writes it so.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files --cached --others --exclude-standard '*.cpp' '*.h' | while read -r file; do [ ! -f "$file" ] || echo "$file"; done |
    xargs -r -n 40 -P "$(nproc)" clang-format-19 --dry-run -Werror --ferror-limit=1
