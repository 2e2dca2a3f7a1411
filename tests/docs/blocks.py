# SPDX-License-Identifier: Apache-2.0
"""The commands of a document: fenced blocks `sh` and `console` of Markdown, .EX of a man page."""
import re

NOT_RUN = re.compile(r"^\*Not run by the tests: .{10,}\*$")
PAGE_NOT_RUN = re.compile(r"^\*Commands on this page are not run by `tests/docs`: .{10,}\*$", re.M)
PROMPT = re.compile(r"^([$#]) (.*)$")
INSIDE = "/ # "  # of busybox's shell in a container


class Command:
    """A line to run, what is typed into it, and what it shows."""

    def __init__(self, user, text):
        self.user = user
        self.text = text
        self.typed = []
        self.shown = []


class Block:
    def __init__(self, document, line, kind, where):
        self.document = document
        self.line = line
        self.kind = kind
        self.where = where  # box, or checkout
        self.lines = []
        self.reason = None  # why it is not run

    def commands(self):
        if self.kind == "sh":
            return [Command("#", "\n".join(self.lines))]
        found = []
        for line in self.lines:
            prompt = PROMPT.match(line)
            if prompt:
                found.append(Command(prompt[1], prompt[2]))
            elif not found:
                raise ValueError(f"{self.document}:{self.line}: output before the first prompt")
            elif not found[-1].shown and re.search(r"(\||\\|&&)$", found[-1].text):
                found[-1].text += "\n" + line
            else:
                if line.startswith(INSIDE):
                    found[-1].typed.append(line[len(INSIDE):])
                found[-1].shown.append(line)
        return found


def of_markdown(name, text):
    blocks, block, fence, before = [], None, None, ""
    whole_page = PAGE_NOT_RUN.search(text)
    for number, line in enumerate(text.split("\n"), 1):
        opening = re.match(r"^(```+)\s*(\S*)\s*(\S*)\s*$", line)
        if fence is None and opening:
            fence = opening[1]
            block = Block(name, number, opening[2], opening[3] or "box")
            if NOT_RUN.match(before) or whole_page:
                block.reason = before if NOT_RUN.match(before) else whole_page[0]
        elif fence is not None and line == fence:
            if block.kind in ("sh", "console"):
                blocks.append(block)
            fence = None
        elif fence is not None:
            block.lines.append(line)
        elif re.match(r"^(    |\t)\S", line) and not before:
            raise ValueError(f"{name}:{number}: an indented block; fence it and say what it is")
        if fence is None:
            before = line or before if NOT_RUN.match(before) else line
            if opening:
                before = ""
    if fence is not None:
        raise ValueError(f"{name}: a fence is not closed")
    return blocks


ESCAPES = [(r"\-", "-"), (r"\(aq", "'"), (r"\(dq", '"'), (r"\e", "\\"), (r"\&", "")]


def of_man_page(name, text):
    blocks, block, section = [], None, ""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(".SH "):
            section = line[4:]
        if line == ".nf" and section == "EXAMPLES":
            raise ValueError(f"{name}:{number}: an example that would not be run; .EX")
        if line == ".EX" and section == "EXAMPLES":
            block = Block(name, number, "console", "box")
        elif line == ".EE" and block:
            if any(PROMPT.match(l) for l in block.lines):  # else a file
                blocks.append(block)
            block = None
        elif block:
            for escape, plain in ESCAPES:
                line = line.replace(escape, plain)
            block.lines.append(line)
    return blocks


def of_file(path, name):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return of_man_page(name, text) if name.endswith(".8") else of_markdown(name, text)


def pattern(shown):
    """What is shown as a regular expression: `...` is anything, as a line of its own any lines."""
    out = ""
    for line in shown:
        if line.strip() == "...":
            out += r"(?:.*\n)*?"
        else:
            words = [re.escape(word).replace(r"\.\.\.", ".*") for word in line.split()]
            out += "[ \t]*" + "[ \t]+".join(words) + "[ \t]*\n"
    return re.compile(out + r"\Z")


def matches(shown, output):
    output = output.replace("\r\n", "\n")
    output = re.sub(r"^\s*BusyBox .*\n.*list of built-in commands\.\n\s*", "", output)
    if output and not output.endswith("\n"):
        output += "\n"
    return pattern(shown).match(output) is not None
