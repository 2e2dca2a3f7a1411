#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py [DOCUMENT...]: execute every command of the documents, and compare what they show.

Commands run in the Debian tree of tests/packages with the package installed: `#` and `sh` blocks as
root, `$` as the ordinary user alice; blocks marked `checkout` here, with what they install hidden
from this machine. setup/DOCUMENT.sh is run before, as root. A command may fail only where its error
is shown. Speaks TAP. Needs root, and build/packages (scripts/package.sh).
"""
import glob
import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import blocks as extract  # noqa: E402

TOP = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
HERE = os.path.join(TOP, "tests/docs")
LIMIT = 120  # seconds for one command
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "docs/*.md", "docs/clients/*.md", "man/*.8",
             "tests/vm/README.md", "deploy/kubernetes/README.md"]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CHECKOUT = """set -e
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work
mount -t overlay -o lowerdir=/usr/local,upperdir=/mnt/upper,workdir=/mnt/work none /usr/local
"""


class Box:
    """The tree with its namespaces, as long as it is needed."""

    def __init__(self):
        trees = subprocess.run([TOP + "/tests/packages/tree.sh"], check=True, text=True,
                               stdout=subprocess.PIPE).stdout.strip()
        self.process = subprocess.Popen(
            [TOP + "/tests/packages/box", trees + "/tools", TOP, "bash", "-c",
             "echo ready; while :; do sleep 1000; done"], stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("the box did not come up")
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            self.pid = file.read().split()[0]
        self.cwd = "/home/alice"
        self.must("apt-get -q -y install /host/build/packages/vial_[0-9]*.deb")
        self.must("install -d -o alice -g alice -m 700 /run/user/1000")
        self.criu()

    def criu(self):
        """That of the tests (Debian's does not work with today's kernels), where it lies here."""
        there = subprocess.run([TOP + "/scripts/criu-for-tests.sh"], check=True, text=True,
                               stdout=subprocess.PIPE).stdout.strip()
        shutil.copytree(os.path.dirname(there), f"/proc/{self.pid}/root{os.path.dirname(there)}", symlinks=True)
        self.must(f"ln -s {there}/criu /usr/local/bin/criu")

    def argv(self, user, script):
        env = ["env", "-i", f"PATH={PATH}", "LANG=C.UTF-8", "TERM=dumb", "DEBIAN_FRONTEND=noninteractive"]
        if user == "$":
            env = ["setpriv", "--reuid=alice", "--regid=alice", "--init-groups"] + env + \
                ["HOME=/home/alice", "USER=alice", "XDG_RUNTIME_DIR=/run/user/1000"]
        else:
            env += ["HOME=/root", "USER=root"]
        return ["nsenter", "-t", self.pid, "-m", "-p", "-u", "-i", "-n", "--"] + env + \
            ["bash", "-c", script]

    def script(self, text):
        # The directory outlives the command.
        return f"cd {shlex.quote(self.cwd)} || exit\n{text}\nstatus=$?\npwd >/tmp/.cwd-$UID\nexit $status"

    def run(self, command):
        argv = self.argv(command.user, self.script(command.text))
        status, output = typed(argv, command.typed) if command.typed else plain(argv)
        uid = 1000 if command.user == "$" else 0
        self.cwd = self.must(f"cat /tmp/.cwd-{uid} 2>/dev/null || pwd").strip() or self.cwd
        return status, output

    def must(self, script):
        status, output = plain(self.argv("#", script))
        if status != 0:
            raise RuntimeError(f"{script}: status {status}\n{output}")
        return output

    def clean(self):
        for user, root in (("#", "/run/vial"), ("$", "/run/user/1000/vial")):
            plain(self.argv(user, f"for c in {root}/*/; do vial delete --force $(basename $c); done"))

    def close(self):
        self.clean()
        self.process.kill()
        self.process.wait()


def plain(argv):
    """To a file: a container that stays would hold the end of a pipe."""
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        late = ""
        try:
            status = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                    timeout=LIMIT).returncode
        except subprocess.TimeoutExpired:
            status, late = 124, f"\nno end within {LIMIT} s\n"
        output.seek(0)
        return status, output.read() + late


def typed(argv, lines):
    """In a terminal: a line is typed when the shell in the container has shown its prompt."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(argv[0], argv)
    output, seen, end = "", 0, time.monotonic() + LIMIT
    lines = list(lines)
    while True:
        if time.monotonic() > end:
            os.kill(pid, 9)
            output += f"\nno end within {LIMIT} s\n"
        if not select.select([fd], [], [], 1)[0]:
            continue
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece.decode(errors="replace")
        if lines and output.count(extract.INSIDE) > seen:
            seen = output.count(extract.INSIDE)
            os.write(fd, (lines.pop(0) + "\n").encode())
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(fd)
    # What the shell says to a terminal about the cursor is not shown.
    return status, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output)


def in_checkout(command):
    script = f"{CHECKOUT}cd {shlex.quote(TOP)}\n{command.text}"
    return plain(["unshare", "-m", "--propagation", "private", "bash", "-c", script])


def may_fail(command, following):
    return following == "echo $?" or any(re.search(r"level=error|^\s*FAIL|error:", l)
                                         for l in command.shown)


def run_block(box, block):
    """What went wrong, or None."""
    commands = block.commands()
    before = 0
    for i, command in enumerate(commands):
        if command.text == "echo $?":
            status, output = 0, f"{before}\n"
        elif block.where == "checkout":
            status, output = in_checkout(command)
        else:
            status, output = box.run(command)
        before = status
        following = commands[i + 1].text if i + 1 < len(commands) else ""
        said = f"{command.user} {command.text}\n{output}"
        if status != 0 and not may_fail(command, following):
            return f"{said}status {status}"
        if command.shown and not extract.matches(command.shown, output):
            return said + "shown is:\n" + "\n".join(command.shown)
    return None


def documents(names):
    if names:
        return names
    found = []
    for one in DOCUMENTS:
        found += sorted(os.path.relpath(path, TOP) for path in glob.glob(os.path.join(TOP, one)))
    return found


def run_document(tap, box, name):
    blocks = extract.of_file(os.path.join(TOP, name), name)
    if not any(b for b in blocks if not b.reason):
        return
    box.clean()
    box.cwd = "/home/alice"
    page = os.path.basename(name)
    setup = "man.sh" if page.endswith(".8") else page + ".sh"
    if os.path.exists(os.path.join(HERE, "setup", setup)):
        there = "/host/tests/docs/setup/"
        box.cwd = box.must(f"set -e; . {there}lib.sh; set -- {page}; . {there}{setup}; pwd").split("\n")[-2]
    for block in blocks:
        if block.reason:
            continue
        tap(f"{name}:{block.line} ({len(block.commands())} commands)", run_block(box, block))


def main():
    n = failed = not_run = 0

    def tap(name, wrong):
        nonlocal n, failed
        n += 1
        if wrong is not None:
            failed += 1
            print("\n".join("# " + line for line in str(wrong).rstrip().split("\n")))
        print(("ok" if wrong is None else "not ok"), n, "docs:", name, flush=True)

    names = documents(sys.argv[1:])
    box = Box()
    try:
        for name in names:
            try:
                run_document(tap, box, name)
                not_run += sum(1 for b in extract.of_file(os.path.join(TOP, name), name) if b.reason)
            except (ValueError, RuntimeError, IndexError) as e:
                tap(name, e)
    finally:
        box.close()
    print(f"# {not_run} blocks are marked as not run")
    print(f"1..{n}")
    return 1 if failed or n == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
