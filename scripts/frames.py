#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""frames.py FILE LIMIT: the stack frames of an x86-64 program, from its instructions: what each function
takes of the stack before its first branch, and which of them the stack protector guards: the C library has
its symbol in any case. Fails when fewer than one in five are guarded, and, naming it, when a function of ours takes more than LIMIT
bytes, or an amount that is only known at run time (an array of variable length, alloca(3)); "ours" is what
the C library and libdbus do not have. Symbols come from FILE.debug where that exists."""
import os
import re
import subprocess
import sys

# Of the libraries that are linked in, these have arrays of variable length.
FOREIGN = ("__execvpe", "execvpe", "_dbus_")


def lines(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def functions(file):
    found = {}
    for line in lines("nm", file):
        field = line.split()
        if len(field) == 3 and field[1] in "tTwW":
            found[int(field[0], 16)] = field[2]
    return found


def scan(file, names, guarded):
    """Yields name, bytes of the frame (-1: at run time) of each function; adds names to those guarded."""
    name, size, prologue = "?", 0, False
    failing = {a for a, n in names.items() if n.startswith("__stack_chk_fail")}
    for line in lines("objdump", "-d", "--no-show-raw-insn", file):
        m = re.match(r"\s*([0-9a-f]+):\s+(.*)", line)
        if not m:
            continue
        address, code = int(m.group(1), 16), m.group(2)
        if address in names:
            yield name, size
            name, size, prologue = names[address], 0, True
        m = re.match(r"(?:call|jmp)\s+(?:0x)?([0-9a-f]+)", code)
        if m and int(m.group(1), 16) in failing:
            guarded.add(name)
        if re.match(r"sub\s+%\w+,%rsp", code):
            yield name, -1
        if re.match(r"(j\w+|call|ret)\b", code):
            prologue = False
        m = re.match(r"(?:sub\s+\$|lea\s+-)0x([0-9a-f]{1,8})(?:,%rsp|\(%rsp\),%r11)$", code)
        if m and prologue:
            size += int(m.group(1), 16)
    yield name, size


def main():
    file, limit = sys.argv[1], int(sys.argv[2])
    names = functions(f"{file}.debug" if os.path.exists(f"{file}.debug") else file)
    if not names:
        print(f"{file}: no symbols", file=sys.stderr)
        return 1
    guarded = set()
    frames = [f for f in scan(file, names, guarded) if not f[0].startswith(FOREIGN)]
    bad = sorted({f for f in frames if f[1] < 0 or f[1] > limit})
    for name, size in bad:
        print(f"{file}: {name} takes {'a variable amount' if size < 0 else size} of the stack", file=sys.stderr)
    name, size = max(frames, key=lambda f: f[1])
    print(f"{file}: the largest of {len(frames)} frames is that of {name}, {size} bytes; {len(guarded)} are guarded")
    if len(guarded) * 5 < len(frames):
        print(f"{file}: built without -fstack-protector-strong", file=sys.stderr)
        return 1
    return 1 if bad else 0


sys.exit(main())
