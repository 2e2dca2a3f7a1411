#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""links.py [TOP]: every relative link, and every anchor, of the Markdown files leads somewhere, and
what man pages name under SEE ALSO and in their text as vial-*(8) is there. Nothing is fetched."""
import glob
import os
import re
import sys

import blocks

LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
SKIP = re.compile(r"^(build|\.git)/")


def prose(text):
    """Without fenced blocks and code in a line."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", lambda m: "x" * len(m[0]) if "](" in m[0] else m[0], text)


def anchors(path):
    found, seen = set(), {}
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for title in re.findall(r"^#+ +(.*?)\s*$", prose(text), re.M):
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)
        slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        found.add(slug if not count else f"{slug}-{count}")
    return found


def of_markdown(top, name):
    path = os.path.join(top, name)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for link in LINK.findall(prose(text)):
        if re.match(r"^[a-z]+:", link):
            continue
        where, _, anchor = link.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(path), where)) if where else path
        if not os.path.exists(target):
            yield f"{name}: no {where}"
        elif anchor and anchor not in anchors(target):
            yield f"{name}: no heading #{anchor} in {where or name}"


def of_man_page(top, name):
    with open(os.path.join(top, name), encoding="utf-8") as file:
        text = file.read()
    for page in re.findall(r"^\.BR (vial\S*) \(8\)", text, re.M):
        page = page.replace("\\", "")
        if not os.path.exists(os.path.join(top, "man", page + ".8")):
            yield f"{name}: no man page {page}(8)"


def main():
    top = os.path.realpath(sys.argv[1] if len(sys.argv) > 1 else ".")
    wrong = []
    files = [os.path.relpath(f, top) for f in glob.glob(top + "/**/*.md", recursive=True)]
    files = sorted(f for f in files if not SKIP.match(f))
    pages = sorted(os.path.relpath(f, top) for f in glob.glob(top + "/man/*.8"))
    for name in files + pages:
        wrong += of_man_page(top, name) if name in pages else of_markdown(top, name)
        try:
            blocks.of_file(os.path.join(top, name), name)
        except ValueError as e:
            wrong.append(str(e))
    sys.stderr.write("".join(line + "\n" for line in wrong))
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
