#!/usr/bin/env python3
"""Holds the coroutine rule: in a statement that contains co_await there is no `{`, no `?`, no capture list, and the
co_await is not in the head of an if, while, for or switch. g++ 12 destroys such temporaries twice; clang does not, so
nothing but this check tells.

    scripts/check_coroutines.py [file...]   (without a file: all of src, tests and bench)
    scripts/check_coroutines.py --self-test
"""
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Optional

ROOT = Path(__file__).resolve().parent.parent

TOKEN = re.compile(r"""
    (?P<raw>R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")
  | (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<string>"(?:\\.|[^"\\\n])*")
  | (?P<number>\.?\d(?:'?[\w.])*)
  | (?P<character>'(?:\\.|[^'\\\n])*')
  | (?P<directive>^[ \t]*\#(?:\\\n|[^\n])*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<arrow>->)
  | (?P<mark1>[^\s\w])
""", re.VERBOSE | re.DOTALL | re.MULTILINE)

HEADS = {"if", "while", "for", "switch"}
TYPE_WORDS = {"class", "struct", "union", "enum", "namespace"}
BEFORE_BLOCK = {")", "else", "do", "try", "const", "noexcept", "override", "final", "mutable", ":", ";", "}", '""'}
CLOSES = {")": "(", "]": "[", "}": "{"}


@dataclass
class Token:
    text: str
    line: int
    partner: int = -1    # of a bracket: the index of its other half
    kind: str = ""       # of `{` and `}`: block, lambda or value


def tokens_of(source: str) -> list[Token]:
    tokens, line, at = [], 1, 0
    for match in TOKEN.finditer(source):
        line += source.count("\n", at, match.start())
        at = match.start()
        if match.lastgroup in ("comment", "directive"):
            continue
        text = '""' if match.lastgroup in ("string", "raw", "mark", "character") else match.group()
        tokens.append(Token(text, line))
    return tokens


def pair_brackets(tokens: list[Token]) -> None:
    open_brackets: list[int] = []
    for index, token in enumerate(tokens):
        if token.text == "{":
            token.kind = kind_of_brace(tokens, index, open_brackets)
        if token.text in "([{":
            open_brackets.append(index)
        elif token.text in CLOSES and open_brackets and tokens[open_brackets[-1]].text == CLOSES[token.text]:
            token.partner = open_brackets.pop()
            tokens[token.partner].partner = index
            token.kind = tokens[token.partner].kind


def starts_lambda(tokens: list[Token], bracket: int) -> bool:
    """Whether the `[` there begins a capture list: an index or an attribute follows a value or a `[`."""
    before = tokens[bracket - 1].text if bracket else ""
    return not (re.fullmatch(r"\w+|\)|\]|\"\"", before) and before not in ("return", "co_return", "co_await", "co_yield"))


def lambda_before(tokens: list[Token], index: int) -> bool:
    """Whether what stands before the brace at `index` is `[…]`, `[…](…)` or `[…](…) mutable -> T`."""
    at = index - 1
    while at >= 0 and tokens[at].text not in (";", "{", "}"):
        token = tokens[at]
        if token.text == "]" and starts_lambda(tokens, token.partner):
            return True
        if token.text in (")", "]") and token.partner >= 0:
            at = token.partner - 1
            if token.text == ")" and not (tokens[at].text == "]" or tokens[at].text in ("noexcept", ">")):
                return False
            continue
        if not re.fullmatch(r"\w+|[<>:,&*]|->", token.text):
            return False
        at -= 1
    return False


def declares_type(tokens: list[Token], index: int) -> bool:
    """Whether the statement that reaches up to the brace at `index` declares a class, an enum or a namespace."""
    at = index - 1
    while at >= 0 and tokens[at].text not in (";", "{", "}", "(", ")", "="):
        if tokens[at].text in TYPE_WORDS:
            return True
        at -= 1
    return False


def returns_type(tokens: list[Token], index: int) -> bool:
    """Whether `) -> T` stands before the brace at `index`."""
    at = index - 1
    while at >= 0 and re.fullmatch(r"\w+|[<>:,&*()]", tokens[at].text):
        at -= 1
    return at > 0 and tokens[at].text == "->" and tokens[at - 1].text in (")", "const", "noexcept", "mutable")


def kind_of_brace(tokens: list[Token], index: int, open_brackets: list[int]) -> str:
    before = tokens[index - 1].text if index else ";"
    around = tokens[open_brackets[-1]] if open_brackets else None
    if lambda_before(tokens, index):
        return "lambda"
    if around and (around.text != "{" or around.kind == "value"):
        return "value"
    if before in BEFORE_BLOCK or before == "{" or declares_type(tokens, index) or returns_type(tokens, index):
        return "block"
    if before in ("&", "*") and index > 1 and tokens[index - 2].text in (")", "const", "&"):
        return "block"  # a member function's reference qualifier
    return "value"


def statement_around(tokens: list[Token], index: int) -> Optional[tuple[int, int]]:
    """The first and last token of the statement that holds token `index`; None if a value's brace holds it."""
    start = index
    while start > 0:
        token = tokens[start - 1]
        if token.text in (")", "]") or (token.text == "}" and token.kind != "block"):
            start = token.partner
        elif token.text == "{":
            if token.kind == "value":
                return None
            break
        elif token.text in (";", "}") and not inside_parentheses(tokens, start, index):
            break
        else:
            start -= 1
    end = index
    while end + 1 < len(tokens) and tokens[end].text != ";":
        token = tokens[end]
        if token.text in "([{" and end > index and token.partner > end:
            end = token.partner
        elif token.text == "}":
            break
        end += 1
    return start, end


def inside_parentheses(tokens: list[Token], start: int, index: int) -> bool:
    """Whether a `(` opened before `start` is still open at `index`: the `;` before it parts a for or if head."""
    depth = 0
    at = start - 1
    while at >= 0 and not (tokens[at].text == "{" and tokens[at].partner > index):
        if tokens[at].text in (")", "]", "}") and tokens[at].partner >= 0:
            at = tokens[at].partner
        elif tokens[at].text == "(":
            depth += 1
            break
        at -= 1
    return depth > 0


def problem_of(tokens: list[Token], index: int) -> Optional[str]:
    found = statement_around(tokens, index)
    if not found:
        return "co_await inside a braced value"
    start, end = found
    while tokens[start].text in HEADS | {"else", "do", "constexpr"}:
        if tokens[start].text in HEADS:
            head = start + (2 if tokens[start + 1].text == "constexpr" else 1)
            if head < index < tokens[head].partner:
                return f"co_await in the head of {tokens[start].text}"
            start = tokens[head].partner
        start += 1
    for at in range(start, end + 1):
        text = tokens[at].text
        if text == "{" and tokens[at].partner <= end + 1:
            if tokens[at].kind == "lambda":
                return "a lambda in a statement with co_await"
            return "a braced value in a statement with co_await"
        if text == "?":
            return "?: in a statement with co_await"
    return None


def problems(source: str) -> Iterator[tuple[int, str]]:
    tokens = tokens_of(source)
    pair_brackets(tokens)
    reported = set()
    for index, token in enumerate(tokens):
        if token.text == "co_await":
            problem = problem_of(tokens, index)
            if problem and (token.line, problem) not in reported:
                reported.add((token.line, problem))
                yield token.line, problem


def main(arguments: list[str]) -> int:
    if arguments == ["--self-test"]:
        import coroutine_cases
        return coroutine_cases.run(problems)
    paths = [Path(name) for name in arguments] or sorted(
        path for folder in ("src", "tests", "bench") for path in (ROOT / folder).rglob("*") if path.suffix in (".h", ".cpp"))
    found = 0
    for path in paths:
        for line, problem in problems(path.read_text(encoding="utf-8")):
            print(f"{path}:{line}: {problem}; name it on the line before")
            found += 1
    print(f"{len(paths)} files, {found} statements that g++ 12 may miscompile")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
