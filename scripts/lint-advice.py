#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lint-advice.py [DIRECTORY]: every advice has a test that provokes it.

Advice is what stands in brackets behind an error: the rows of the table in base/hint.c and what is
given to err_append(). Of each the longest piece of fixed text must begin as a text that some bats file
expects, so that a new advice fails here until it has been seen in a real run.
"""
import pathlib
import re
import sys

ENOUGH = 24  # characters that tell one advice from another
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
APART = re.compile(r"%[-*.0-9]*(?:ll|l|z)?[a-z]")


def calls(text, opening):
    """What stands between the parentheses of each call."""
    for found in re.finditer(opening, text):
        depth, at, quoted = 1, found.end(), False
        while depth:
            c = text[at]
            if c == "\\":
                at += 1
            elif c == '"':
                quoted = not quoted
            elif not quoted:
                depth += {"(": 1, ")": -1}.get(c, 0)
            at += 1
        yield text[found.end() : at - 1]


def strings(text):
    """The string literals of C code, those beside each other joined."""
    text = re.sub(r'"\s+"', "", text)
    return [s.replace('\\"', '"').replace("\\\\", "\\") for s in LITERAL.findall(text)]


def advice(root):
    """Every text of advice, and the file it is in."""
    for path in sorted(root.rglob("*.c")):
        if path.name.startswith("test_"):
            continue
        text = path.read_text()
        for call in calls(text, r"\berr_append\("):
            for s in strings(call):
                if " " in max(APART.split(s), key=len).strip(): # else a file's name, a separator
                    yield path, s
        if path.name == "hint.c":
            for row in re.findall(r"^\t\{ (.*?) \},$", text, re.M | re.S):
                yield path, strings(row)[-1]
        if path.name == "program.c":
            for s in re.findall(r'^\t+return ("(?:lies|has) .*");$', text, re.M):
                yield path, strings(s)[0]


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    tests = "\n".join(p.read_text() for p in sorted(root.glob("tests/*/*.bats")))
    tests = tests.replace("\\`", "`").replace("'\"'\"'", "'").replace("'\\''", "'").replace('\\"', '"')
    n = failed = 0
    for path, text in advice(root / "libcontainer"):
        n += 1
        piece = max(APART.split(text), key=len).strip(" :;,")
        if piece[:ENOUGH] not in tests:
            print(f"{path}: no bats test expects: {text}", file=sys.stderr)
            failed = 1
    if n < 60:
        print(f"only {n} advices: they are not found any more", file=sys.stderr)
        failed = 1
    return failed


sys.exit(main())
