#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""syscall-tables.py [DIR]: write libcontainer/seccomp/syscall_{names,numbers}.c.

Names and numbers of the system calls of every architecture a seccomp profile can name. Sources:

  1. the kernel's own headers, <asm/unistd*.h> of all architectures, from Debian's package
     linux-libc-dev of the suite "sid" (fetched by apt from the configured mirror into a temporary
     directory; nothing is installed), or from DIR, where such a package was unpacked;
  2. libseccomp's tables (the installed library, asked through its API by a small C program), for
     names that the kernel has since dropped and for s390's 31-bit numbers.

Where the two differ the kernel's is taken and the difference is told. Needs cc and libseccomp-dev.
"""
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(TOP, "libcontainer/seccomp")
UAPI = "usr/lib/linux/uapi"

# column: (headers, libseccomp's constant or None, base of the numbers)
COLUMNS = {
    "x86": (["x86/asm/unistd_32.h"], "SCMP_ARCH_X86", 0),
    "x86_64": (["x86/asm/unistd_64.h"], "SCMP_ARCH_X86_64", 0),
    "x32": (["x86/asm/unistd_x32.h"], "SCMP_ARCH_X32", 0x40000000),
    "arm": (["arm/asm/unistd-eabi.h", "arm/asm/unistd.h"], "SCMP_ARCH_ARM", 0),
    "aarch64": (["arm64/asm/unistd_64.h"], "SCMP_ARCH_AARCH64", 0),
    "mips": (["mips/asm/unistd_o32.h"], "SCMP_ARCH_MIPS", 4000),
    "mips64": (["mips/asm/unistd_n64.h"], "SCMP_ARCH_MIPS64", 5000),
    "mips64n32": (["mips/asm/unistd_n32.h"], "SCMP_ARCH_MIPS64N32", 6000),
    "parisc": (["parisc/asm/unistd_32.h"], "SCMP_ARCH_PARISC", 0),
    "parisc64": (["parisc/asm/unistd_64.h"], "SCMP_ARCH_PARISC64", 0),
    "ppc": (["powerpc/asm/unistd_32.h"], "SCMP_ARCH_PPC", 0),
    "ppc64": (["powerpc/asm/unistd_64.h"], "SCMP_ARCH_PPC64", 0),
    "riscv64": (["riscv/asm/unistd_64.h"], "SCMP_ARCH_RISCV64", 0),
    "s390": ([], "SCMP_ARCH_S390", 0),
    "s390x": (["s390/asm/unistd_64.h"], "SCMP_ARCH_S390X", 0),
    "loongarch64": (["loongarch/asm/unistd_64.h"], None, 0),
    "m68k": (["m68k/asm/unistd_32.h"], None, 0),
    "sh": (["sh/asm/unistd_32.h"], None, 0),
}
ARM_PRIVATE = 0xF0000  # __ARM_NR_BASE: breakpoint and its like
NO_CALLS = {"Linux", "Linux_syscalls", "syscalls", "arch_specific_syscall", "SYSCALL_BASE",
            "OABI_SYSCALL_BASE", "SYSCALL_MASK"}


def fetch(directory):
    """The newest kernel headers of Debian, unpacked into directory."""
    sources = "/etc/apt/sources.list.d/debian.sources"
    with open(sources, encoding="ascii") as file:
        first = re.sub(r"#.*\n", "", file.read()).strip().split("\n\n")[0]
    for name in ("parts", "lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(directory, name))
    with open(os.path.join(directory, "parts/sid.sources"), "w", encoding="ascii") as file:
        file.write(re.sub(r"(?m)^Suites:.*", "Suites: sid", first) + "\n")
    options = ["-q"]
    for option in ("Dir::Etc::sourcelist=/dev/null", f"Dir::Etc::sourceparts={directory}/parts",
                   f"Dir::State::lists={directory}/lists", f"Dir::Cache={directory}/cache",
                   "APT::Sandbox::User=root"):
        options += ["-o", option]
    subprocess.run(["apt-get", *options, "update"], check=True, stdout=sys.stderr)
    subprocess.run(["apt-get", *options, "download", "linux-libc-dev"], check=True,
                   stdout=sys.stderr, cwd=directory)
    package = next(f for f in os.listdir(directory) if f.endswith(".deb"))
    subprocess.run(["dpkg-deb", "-x", package, "unpacked"], check=True, cwd=directory)
    return os.path.join(directory, "unpacked"), package.split("_")[1]


def from_headers(root, headers, base):
    calls = {}
    for header in headers:
        with open(os.path.join(root, UAPI, header), encoding="utf-8") as file:
            text = file.read()
        for name, value in re.findall(
                r"(?m)^#\s*define\s+__(?:ARM_)?NR_(\w+)\s+(.+?)\s*$", text):
            number = re.fullmatch(r"\(?(?:(\w+)\s*\+\s*)?(0x[0-9a-f]+|\d+)\)?", value)
            if name in NO_CALLS or name == "BASE" or not number:
                continue
            start = 0
            if number[1] in ("__NR_Linux", "__X32_SYSCALL_BIT"):
                start = base
            elif number[1] == "__ARM_NR_BASE":
                start = ARM_PRIVATE
            elif number[1] not in (None, "__NR_SYSCALL_BASE"):
                raise SystemExit(f"{header}: {name}: what is {number[1]}?")
            calls[name] = start + int(number[2], 0)
    return calls


def from_libseccomp(directory):
    """{column: {name: number}}; None as number: known, but not on that architecture."""
    program = os.path.join(directory, "ask")
    with open(program + ".c", "w", encoding="ascii") as file:
        file.write("#include <seccomp.h>\n#include <stdio.h>\n"
                   "static void ask(const char *c, unsigned t, int from, int to)\n"
                   "{for (int i = from; i < to; i++) {\n"
                   " char *n = seccomp_syscall_resolve_num_arch(t, i);\n"
                   " if (n) printf(\"%s %s %d\\n\", c, n, i);}}\n"
                   "int main(void) {\n")
        for column, (_, constant, base) in COLUMNS.items():
            if constant:
                file.write(f'ask("{column}", {constant}, {base}, {base} + 1500);\n'
                           f'ask("{column}", {constant}, -11000, -99);\n')
        file.write(f'ask("arm", SCMP_ARCH_ARM, {ARM_PRIVATE}, {ARM_PRIVATE + 16});\n'
                   "return 0;}\n")
    subprocess.run(["cc", "-o", program, program + ".c", "-lseccomp"], check=True)
    found = {column: {} for column in COLUMNS}
    for line in subprocess.run([program], check=True, capture_output=True,
                               text=True).stdout.splitlines():
        column, name, number = line.split()
        if int(number) >= 0:
            found[column][name] = int(number)
        else:
            found[column].setdefault(name, None)
    return found


def merge(kernel, library):
    tables = {}
    for column in COLUMNS:
        calls = {n: v for n, v in library[column].items() if v is not None}
        for name, number in kernel[column].items():
            if calls.get(name, number) != number:
                print(f"{column}: {name} is {number}, to libseccomp {calls[name]}",
                      file=sys.stderr)
            calls[name] = number
        tables[column] = calls
    return tables


def dense(column, calls, ids, base):
    """The names' ids by number, from base on; 0 where there is no call."""
    numbers = {n: v for n, v in calls.items() if base <= v < base + 2000}
    row = [0] * (max(numbers.values(), default=base - 1) - base + 1)
    for name, number in numbers.items():
        if row[number - base]:
            raise SystemExit(f"{column}: {number} has a second name, {name}")
        row[number - base] = ids[name]
    return row


def hash_of(name):
    value = 2166136261
    for byte in name.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value ^ value >> 15


def wrap(items, out, width=96):
    line = ""
    for item in items:
        if len(line) + len(item) + 2 > width:
            out.append("\t" + line.rstrip())
            line = ""
        line += item + ", "
    out.append("\t" + line.rstrip())


HEAD = """/* SPDX-License-Identifier: Apache-2.0 */
/* Written by scripts/syscall-tables.py from linux-libc-dev {kernel} and libseccomp {library}. */
/* clang-format off */
#include "seccomp/syscalls.h"
"""


def write(name, lines):
    with open(os.path.join(OUT, name), "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


def main():
    with tempfile.TemporaryDirectory() as directory:
        if len(sys.argv) > 1:
            root, version = sys.argv[1], os.path.basename(os.path.abspath(sys.argv[1]))
        else:
            root, version = fetch(directory)
        library = from_libseccomp(directory)
    kernel = {c: from_headers(root, h, b) for c, (h, _, b) in COLUMNS.items()}
    tables = merge(kernel, library)
    names = sorted(set().union(*tables.values(), *library.values()), key=lambda n: n.encode())
    ids = {name: i + 1 for i, name in enumerate(names)}
    lib_version = subprocess.run(["pkg-config", "--modversion", "libseccomp"], check=True,
                                 capture_output=True, text=True).stdout.strip()
    head = HEAD.format(kernel=version, library=lib_version)

    size = 2048
    slots = [0] * size
    for name in names:
        at = hash_of(name) % size
        while slots[at]:
            at = (at + 1) % size
        slots[at] = ids[name]
    offsets, blob, at = [], [], 1
    for name in names:
        offsets.append(at)
        blob.append(f'"{name}\\0"')
        at += len(name) + 1
    out = [head, f"#if SYSCALL_NAMES != {len(names)} || SYSCALL_SLOTS != {size}",
           "#\terror syscalls.h speaks of other tables", "#endif",
           "", f'const char syscall_libseccomp[] = "{lib_version}";',
           "", "const char syscall_text[] = \"\\0\""]
    line = ""
    for item in blob:
        if len(line) + len(item) > 94:
            out.append("\t" + line)
            line = ""
        line += item
    out += ["\t" + line + ";", "", "const uint16_t syscall_at[] = {", "\t0,"]
    wrap([str(o) for o in offsets], out)
    out += ["};", "", "const uint16_t syscall_slots[] = {"]
    wrap([str(s) for s in slots], out)
    write("syscall_names.c", out + ["};"])

    out = [head]
    for column in COLUMNS:
        rows = [(column, COLUMNS[column][2])]
        if column == "arm":
            rows.append(("arm_private", ARM_PRIVATE))
        for label, base in rows:
            out.append(f"static const uint16_t {label}[] = {{")
            wrap([str(i) for i in dense(column, tables[column], ids, base)], out, 98)
            out.append("};")
    out += ["", "#define FROM(base, row) { base, sizeof(row) / sizeof((row)[0]), row }",
            "const struct syscall_column syscall_columns[] = {"]
    for column in COLUMNS:
        second = f", FROM({ARM_PRIVATE:#x}, arm_private)" if column == "arm" else ""
        out.append(f"\t[COLUMN_{column.upper()}] = "
                   f"{{ {{ FROM({COLUMNS[column][2]:#x}, {column}){second} }} }},")
    write("syscall_numbers.c", out + ["};"])


main()
