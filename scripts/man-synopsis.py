#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""man-synopsis.py [--check] [VIAL [DIRECTORY]]: write the SYNOPSIS of each man page in DIRECTORY (man) from
the usage in the help text of VIAL (build/release/vial), which the program makes of its option tables. With
--check nothing is written, and a page that would change is named and is an error."""
import pathlib
import re
import subprocess
import sys

DOTS = r" \&.\|.\|.\&"
PAGE = re.compile(r"(?<=^\.SH SYNOPSIS\n).*?(?=^\.SH DESCRIPTION$)", re.M | re.S)
NAMES = {"container-id": "id", "command options": "option", "global options": "global option"}


def usage(vial, command):
    text = subprocess.run([vial, *command, "--help"], capture_output=True, text=True, check=True).stdout
    lines = re.search(r"^USAGE:\n(.*?)\n\n", text, re.M | re.S).group(1)
    return re.sub(r"^ *vial ", "", lines)


def italic(name):
    name = NAMES.get(name, name)
    return rf"\fI{name}\fP"


def form(text, literal):
    """One way to call it, in roff. Outside of brackets a word is LITERAL or stands for one."""
    out, depth = [], 0
    for part in re.findall(r"<[^>]+>|\[|\]|\.\.\.|[^][<>.\s](?:[^][<>]*[^][<>.\s])?", text):
        if part in "[]":
            depth += 1 if part == "[" else -1
            out.append(part)
        elif part == "...":
            out.append(DOTS)
        elif part[0] == "<":
            out.append(italic(part[1:-1]))
        elif depth:
            out.append(italic(part) + (DOTS if part in ("command options", "global options") else ""))
        else:
            for word in part.split():
                bold = literal and not word.endswith(".json")
                word = word.replace("-", r"\-")
                out.append("|".join(rf"\fB{w}\fP" for w in word.split("|")) if bold else italic(word))
    line = " ".join(out)
    line = re.sub(r"\[ | \]", lambda m: m.group().strip(), line)
    return re.sub(r" +(?= \\&\.)", "", line)


def synopsis(vial, command):
    blocks = []
    for way in usage(vial, command).split("||"):
        rest = way.strip()
        if command and rest.startswith(command[0]):
            rest = rest[len(command[0]):].strip()
        lines = [".SY vial"] + [f".B {c}" for c in command] + [form(rest, bool(command))]
        blocks += [line for line in lines if line]
    return "\n".join(blocks + [".YS", ""])


def main():
    arguments = [a for a in sys.argv[1:] if a != "--check"]
    top = pathlib.Path(__file__).resolve().parent.parent
    vial = arguments[0] if arguments else str(top / "build/release/vial")
    status = 0
    for page in sorted(pathlib.Path(arguments[1] if len(arguments) > 1 else top / "man").glob("vial*.8")):
        text = page.read_text()
        command = page.stem.split("-")[1:]
        new = PAGE.sub(lambda _, c=command: synopsis(vial, c), text)
        if new == text:
            continue
        if "--check" in sys.argv:
            print(f"{page.name}: its synopsis is not that of the help text")
            status = 1
        else:
            page.write_text(new)
    return status


sys.exit(main())
