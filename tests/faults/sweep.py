#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sweep.py VIAL INJECT WORK [--kind KIND] [--sample N] [--rows PATTERN] [--seed N] [--points A-B]

Faults at every system call of the runtime, by the injector (inject.c); scripts/faults.sh calls it
in a pid namespace of its own, with a view of pure cgroup2 and an empty WORK. So every process that is
there but us was left behind.

After each fault one `delete --force`. Then there is no process, cgroup, mount, file or socket; the id
works again; nothing took too long; and a command that said success left the posture of a clean run.
Speaks TAP, one test a row. --sample N: every Nth point only. --kind: of container, see kinds.py.
"""
import argparse
import glob
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

import kinds
from kinds import read

ID = "f"
HANG = 2.0  # seconds
ERRORS = (RuntimeError, OSError, ValueError)  # of one point or row; the others are tried all the same
SHOWING = ("create", "run", "detach", "exec")  # their output is a program's report on its posture
MOUNTS = "open_tree,move_mount,mount_setattr,fsopen,fsconfig,fsmount,fspick,openat2,umount2,pivot_root,mount"
RIGHTS = "prctl,capset,setgroups,setresuid,setresgid,seccomp,close,close_range,umask,prlimit64,setrlimit"
OPENS = "openat,openat2,open_tree,fsopen,fsmount,socket,socketpair,pipe2,dup,dup3,memfd_create,pidfd_open,bpf"
MEMORY = "mmap,brk,mremap,clone3,clone"
WRITES = "write,pwrite64,mkdirat,renameat2,renameat,fsync,symlinkat,mknodat"
OLD_KERNELS = ("openat2", "clone3", "close_range", "mount_setattr", "open_tree", "fsopen", "fsconfig", "move_mount",
               "mount", "pidfd_open", "pidfd_send_signal", "statx", "seccomp", "bpf", "memfd_create", "unshare",
               "setns", "keyctl", "faccessat2", "renameat2", "prlimit64", "pivot_root", "flock", "statmount")
WAITS = "read,write,openat,wait4,waitid,poll,ppoll,recvmsg,sendmsg,connect,accept4,flock"
SHOW = """exec 2>&1
cat /proc/self/status /proc/self/mountinfo /proc/self/oom_score_adj
for fd in /proc/$$/fd/*; do echo -n "fd ${fd##*/} "; readlink $fd; done
ls -l /dev /dev/pts | sed 's/ [A-Z][a-z][a-z] .* /  /'
ulimit -a; hostname; pwd; id; echo end
"""


class Bench:
    """The bundle, and what is done to a container without faults."""

    def __init__(self, args):
        self.vial, self.inject, self.work = args.vial, args.inject, args.work
        os.makedirs(self.work, exist_ok=True)
        self.kind = kinds.Kind(args.kind, args.work)
        self.limit = HANG * args.patience
        self.state = f"{self.work}/state"
        self.program = [self.vial, "--root", self.state, *self.kind.options()]
        self.name = f"vial-faults-{os.path.basename(self.work)}"
        self.out = f"{self.work}/out"
        self.err = f"{self.work}/err"
        self.waits = self.bundle("waits", SHOW + "sleep 1000")
        self.ends = self.bundle("ends", SHOW)
        resources, self.limit_file, self.limit_text = kinds.a_limit(self.name, self.kind.cgroups(self.name)[0])
        with open(f"{self.work}/resources", "w", encoding="utf8") as f:
            json.dump(resources, f)
        self.files = self.listing()
        self.before_us = []
        self.before_us = self.processes() if self.kind.name == "systemd" else []
        self.raw = False  # the caller's terminal was left so by the last command

    def cgroups(self):
        """The container's, in each hierarchy."""
        return [d for pattern in self.kind.cgroups(self.name) for d in glob.glob(pattern)]

    def bundle(self, name, script):
        top = f"{self.work}/{name}"
        for d in ("bin", "proc", "sys", "dev", "etc", "data"):
            os.makedirs(f"{top}/rootfs/{d}")
        subprocess.run(["cp", "/bin/busybox", f"{top}/rootfs/bin/"], check=True)
        for applet in ("sh", "cat", "ls", "sleep", "true", "sed", "hostname", "id", "readlink"):
            os.symlink("busybox", f"{top}/rootfs/bin/{applet}")
        here = os.path.dirname(os.path.abspath(__file__))
        config = json.loads(read(f"{here}/../golden/configs/docker20-default.json"))
        config["root"] = {"path": "rootfs", "readonly": True}
        config["mounts"] = [m for m in config["mounts"] if m["type"] != "bind"]
        config["mounts"].append({"destination": "/data", "type": "bind", "source": "/etc", "options": ["rbind", "ro"]})
        process = config["process"]
        process["args"] = ["sh", "-c", script]
        process["noNewPrivileges"] = True
        process["user"] = {"uid": 0, "gid": 0, "additionalGids": [5, 1000], "umask": 0o27}
        process["rlimits"] = [{"type": "RLIMIT_NOFILE", "hard": 99, "soft": 99}]
        process["oomScoreAdj"] = 77
        config["linux"]["devices"] = [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 0o600}]
        hook = [{"path": "/bin/true"}]
        config["hooks"] = {k: hook for k in ("createRuntime", "createContainer", "poststart", "poststop")}
        self.kind.configure(config, self.name)
        with open(f"{top}/config.json", "w", encoding="utf8") as f:
            json.dump(config, f)
        return top

    def listing(self):
        files = []
        for top, dirs, names in os.walk(self.work):
            if top == self.work:
                dirs[:] = [d for d in dirs if d in ("waits", "ends")]
                names = [n for n in names if n not in ("out", "out.other", "err", "report")]
            files += [f"{top}/{n}" for n in dirs + names]
        return sorted(files)

    def arguments(self, command):
        return {
            "create": ["create", *self.kind.terminal(), "--bundle", self.waits, ID],
            "run": ["run", "--bundle", self.ends, ID],
            "detach": ["run", "-d", *self.kind.terminal(), "--bundle", self.waits, ID],
            "exec": ["exec", *self.kind.exec_terminal(), ID, "sh", "-c", SHOW],
            "list": ["list", "--format", "json"],
            "ps": ["ps", "--format", "json", ID],
            "kill": ["kill", ID, "KILL"],
            "force": ["delete", "--force", ID],
            "update": ["update", "--resources", f"{self.work}/resources", ID],
        }.get(command, [command, ID])

    def run(self, command, prefix=()):
        """A command to its end: status, seconds. Output to files, not pipes: a container keeps them."""
        argv = [*prefix, *self.program, *self.arguments(command)]
        since = time.monotonic()
        out_name = self.out if command in SHOWING else f"{self.work}/out.other"
        self.kind.new_output(self.out if command in SHOWING else None)
        with open(out_name, "wb") as out, open(self.err, "wb") as err:
            caller = self.kind.caller(command)
            stdin = caller.peer if caller else subprocess.DEVNULL
            argv = [*(caller.PREFIX if caller else ()), *argv]
            child = subprocess.Popen(argv, stdin=stdin, stdout=out, stderr=err, cwd="/")
        try:
            status = child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
            status = "hang"
        self.raw = caller is not None and not caller.done()
        return status, time.monotonic() - since

    def must(self, command):
        status, _ = self.run(command)
        if status != 0:
            raise RuntimeError(f"clean {command}: {status} {read(self.err)}")

    def before(self, command):
        """Bring the container to where the command makes sense."""
        if command in ("create", "run", "detach"):
            return
        self.must("create")
        if command == "start":
            return
        self.must("start")
        if command == "resume":
            self.must("pause")
        if command == "delete":
            self.must("kill")
            self.until(lambda: self.status() == "stopped")
        if command == "exec":
            self.until(lambda: read(self.out).endswith("end\n"))

    def status(self):
        got = subprocess.run([*self.program, "state", ID], capture_output=True, check=False)
        return json.loads(got.stdout)["status"] if got.returncode == 0 else "none"

    def init(self):
        try:
            return int(json.loads(read(f"{self.state}/{ID}/state.json"))["init"]["pid"])
        except (ValueError, KeyError, TypeError):
            return 0

    def until(self, condition, seconds=3.0):
        end = time.monotonic() + seconds * self.limit / HANG
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.002)
        return True

    def processes(self):
        """All but us, and the shell that is the namespace's init and buries the dead; beside
        systemd, which is the init then, those of our service and of the container."""
        if self.kind.name != "systemd":
            return [p for p in os.listdir("/proc") if p.isdigit() and p not in ("1", str(os.getpid()))]
        ours = "/sys/fs/cgroup" + read("/proc/self/cgroup").split("0::")[1].strip()
        found = [p for d in [ours, *self.cgroups()] for p in read(f"{d}/cgroup.procs").split()]
        return [p for p in found if p not in self.before_us]

    def left(self):
        what = []
        if not self.until(lambda: not self.processes(), 1):
            what.append("processes")
        if self.cgroups():
            what.append("cgroup")
        if os.path.isdir(self.state) and os.listdir(self.state):
            what.append("state")
        if re.search(f" {self.work}/", read("/proc/self/mountinfo")):
            what.append("mount")
        if self.listing() != self.files:
            what.append("file")
        if self.name in read("/proc/net/unix"):
            what.append("socket")
        unit = f"/run/systemd/transient/{self.name}.scope"
        if not self.until(lambda: not os.path.exists(unit)):  # systemd hears of its end by and by
            what.append("unit")
        return what

    def wipe(self):
        """After something was left: a clean bench for the next point."""
        for pid in self.processes():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.until(lambda: not self.processes())
        for top in self.cgroups():
            for d in sorted(glob.glob(f"{top}/**/", recursive=True), reverse=True):
                try:
                    os.rmdir(d)
                except OSError:
                    pass
        subprocess.run(["rm", "-rf", self.state], check=False)
        self.kind.wipe(self.name)

    def posture(self):
        """What of the program's own report is the same in every run."""
        keep = []
        for line in read(self.out).splitlines():
            if re.match(r"(Cap|NoNew|Seccomp|Groups|Uid|Gid|Umask|NSpid|SigBlk|SigIgn)", line):
                keep.append(line)
            elif (m := re.match(r"\d+ \d+ \d+:\d+ (.*)", line)) is not None:
                keep.append(m.group(1))
            elif not re.match(r"\w+:\s|total ", line):
                keep.append(line)
        return sorted(k for k in keep if not k.startswith("max locked") and "processes" not in k)


class Sweep:
    def __init__(self, bench, args):
        self.b, self.args = bench, args
        self.row = self.told_rows = self.points = self.failed = 0
        self.clean, self.totals = {}, {}

    def shows(self, command):
        """The posture that the program shows, started if it is not yet; None: it was not started."""
        if command == "create" and self.b.run("start")[0] != 0:
            return None
        self.b.until(lambda: read(self.b.out).endswith("end\n"), 2)
        return self.b.posture()

    def wrong(self, command, fault):
        """What a command that said success should have done and has not."""
        b = self.b
        if b.raw:
            return ["posture: the caller's terminal stays raw"]
        if command in ("create", "start", "run", "detach", "exec"):
            got = self.shows(command)
            # Killed before its first instruction, or behind it: who can tell
            if not got and re.search("KILL|TERM|INT$|HUP", fault) and (command == "exec" or b.status() == "stopped"):
                return []
            if got is not None and got != self.clean[command]:
                diff = sorted(set(got) ^ set(self.clean[command]))
                return ["posture " + ("; ".join(diff)[:300] if got else "none")]
            return []
        expect = {"pause": "paused", "resume": "running", "kill": "stopped", "delete": "none", "force": "none"}
        if command in expect and not b.until(lambda: b.status() == expect[command], 2):
            return [f"posture: {b.status()}"]
        if command == "update" and read(b.limit_file) != b.limit_text:
            return [f"posture: {b.limit_file}"]
        if command in ("state", "list", "ps"):
            return self.told(command)
        if command in ("delete", "force"):
            return b.left()
        return []

    def told(self, command):
        """What a command told that claims to have succeeded, of a container that runs."""
        text = read(f"{self.b.work}/out.other")
        if command == "list" and "level=warning" in read(self.b.err):
            return []  # what cannot be read is told beside the rest
        try:
            got = json.loads(text)
            if command == "ps":
                right = self.b.init() in got
            else:
                right = (got[0] if command == "list" else got)["status"] == "running"
        except (ValueError, KeyError, IndexError, TypeError):
            right = False
        return [] if right else [f"posture: it says {text[:200]}"]

    def report(self):
        lines = [line.split() for line in read(f"{self.b.work}/report").splitlines()]
        found = {"fired": [], "calls": None, "end": None, "trace": [], "waits": []}
        for line in lines:
            if line[0] in ("command", "children"):
                found["trace"].append(line)
            elif line[0] in ("fired", "waits"):
                found[line[0]].append(" ".join(line[1:]))
            else:
                found[line[0]] = line[1:]
        return found

    def injected(self, command, options):
        b = self.b
        b.before(command)
        prefix = [b.inject, "-r", f"{b.work}/report", "-l", str(int(b.limit * 2000)), *options]
        if command == "start":
            prefix += ["-p", str(b.init())]
        b.run(command, [*prefix, "--"])
        return self.report()

    def finish(self):
        """The one delete --force, and what it left."""
        bad = []
        status, seconds = self.b.run("force")
        if status != 0:
            bad.append(f"delete {status}: {read(self.b.err).strip()[-200:]}")
        if seconds > self.b.limit:
            bad.append(f"delete took {seconds:.1f} s")
        return bad + self.b.left()

    def point(self, command, options, same, fault):
        """One fault. Returns what was wrong and how it fired, or None when it did not."""
        got = self.injected(command, options)
        err = read(self.b.err).strip()[-200:]
        bad = []
        if not got["end"]:
            bad.append("the injector failed " + err)
        elif got["end"][0] == "hang" or int(got["end"][2]) > self.b.limit * 1000:
            bad.append(f"hang, {got['end'][2]} ms: " + ", ".join(got["waits"]))
        elif got["end"][:2] == ["exited", "0"]:
            bad += self.wrong(command, fault)
        elif same:
            bad.append(f"should not matter: {' '.join(got['end'])} {err}")
        # Without rt_sigprocmask(2), which cannot fail, fork(3) of musl sets a mask from its stack.
        expected = ("9", "15", "2", "1", "13") if "rt_sigprocmask" in str(got["fired"]) else ("9", "15", "2", "1")
        if got["end"] and got["end"][0] == "killed" and got["end"][1] not in expected:
            bad.append(f"died of signal {got['end'][1]}")
        if "Sanitizer" in err:
            bad.append(err)
        bad += self.finish()
        if bad:
            self.b.wipe()
        return bad, got["fired"]

    def id_works(self):
        status, _ = self.b.run("create")
        bad = [] if status == 0 else [f"id lost: {read(self.b.err).strip()[-200:]}"]
        bad += self.finish()
        if bad:
            self.b.wipe()
        return bad

    def total(self, command, only, who):
        """How many calls a clean run makes; teaches its posture, too."""
        place = ("command", "children", "all").index(who)
        if (command, only) in self.totals:
            return self.totals[command, only][place]
        options = ["-o", only] if only else []
        got = self.injected(command, options)
        if not got["end"] or got["end"][:2] != ["exited", "0"]:
            raise RuntimeError(f"clean {command}: {got['end']} {read(self.b.err)}")
        if command not in self.clean and command in ("create", "start", "run", "detach", "exec"):
            self.clean[command] = self.shows(command)
            if len(self.clean[command]) < 30:
                raise RuntimeError(f"no posture: {self.clean[command]}")
        bad = self.finish()
        if bad:
            raise RuntimeError(f"clean {command} leaves {bad}")
        self.totals[command, only] = [int(n) for n in got["calls"]]
        return self.totals[command, only][place]

    def numbers(self, total):
        chosen = [n for n in range(1, total + 1) if (n + self.row) % self.args.sample == 0]
        low, high = self.args.points
        return [n for n in chosen if low <= n <= high]

    def options_of(self, n, total, who, fault, only):
        if ">" in fault:  # one after the other
            first, second = fault.split(">")
            return ["-f", f"{who}:{n}:{first}", "-f", f"{who}:{n + 1}:{second}"]
        what = fault.split("+")
        options = ["-o", only] if only else []
        options += ["-f", f"{who}:{n}:{what[0]}"]
        for other in what[1:]:  # the second of a pair: somewhere behind the first
            options += ["-f", f"all:{random.randint(n + 1, total + 1)}:{other}"]
        return options

    def sweep(self, command, who, fault, only=None, same=False, always=False):
        """@always: from the first call on, as on a kernel that has it not. Return: rows."""
        name = f"{fault} at {'all' if always else 'N'} of {command}, {who}" + (f": {only[:20]}" if only else "")
        if not re.search(self.args.rows, name):
            return
        self.row += 1
        try:
            total = self.total(command, only, who)
        except ERRORS as e:  # not even without a fault: this row fails, the next are tried
            self.b.wipe()
            self.failed += 1
            self.told_rows += 1
            print(f"not ok {self.told_rows} {name}: {str(e).strip()}", flush=True)
            return
        fired = bad_points = 0
        if always:
            chosen = [1] if total and self.row % min(self.args.sample, 11) == 0 else []
        else:
            chosen = self.numbers(total)
        for n in chosen:
            options = self.options_of(n, total, who, fault, only)
            try:
                bad, how = self.point(command, options, same, fault)
                if bad and all(b.startswith("hang") for b in bad):  # or was the machine busy?
                    bad, how = self.point(command, options, same, fault)
                bad += self.id_works() if command in ("create", "run", "detach") else []
            except ERRORS as e:
                bad, how = [f"id lost: {e}"], ["?"]
                self.b.wipe()
            if not how:
                continue
            fired += 1
            if bad:
                bad_points += 1
                print(f"# {name}: {n} of {total}: {' | '.join(bad)} [{'; '.join(how[:4])}]", flush=True)
        self.points += fired
        self.failed += bad_points > 0
        if not fired:
            return
        self.told_rows += 1
        verdict = "not ok" if bad_points else "ok"
        print(f"{verdict} {self.told_rows} {name}: {fired} of {total} calls, {bad_points} bad", flush=True)


def single(sweep):
    """One fault at a time, at each call of one process or all."""
    made = ("create", "detach")
    later = ("start", "exec", "kill", "pause", "resume", "update", "delete", "force")
    for command in made + ("run",) + later:
        for who in ("command", "children"):
            if who == "children" and command not in made + ("run", "start", "exec"):
                continue
            sweep(command, who, "KILL")
            for fault in ("set1", "set2", "set3", "set1:2", "EBUSY", "EINVAL"):
                sweep(command, who, fault)
        sweep(command, "all", "KILLALL")
        sweep(command, "all", "EINTR")
        sweep(command, "all", "EINTR", WAITS, True)
        sweep(command, "all", "EINTR:10", WAITS)
        sweep(command, "all", "EAGAIN:10")
        sweep(command, "all", "CHLD", None, True)
        sweep(command, "command", "TERM")
        sweep(command, "all", "SHORT", "read,write,pread64,pwrite64,getdents64,recvfrom,sendto")
    for command in ("state", "list", "ps"):
        for fault in ("KILL", "set1", "set2", "set3", "EINTR", "EINTR:10", "EAGAIN:10", "SHORT"):
            sweep(command, "all", fault)
    for command in made + ("run", "start", "exec"):
        sweep(command, "command", "INT")
        sweep(command, "command", "HUP")
        sweep(command, "children", "TERM")
        sweep(command, "children", "INT")


def pairs(sweep):
    """Several faults, and such as stay."""
    for command in ("create", "start", "exec"):
        for fault in ("EINVAL:2", "EPERM:2", "ENOSYS:2"):
            sweep(command, "all", fault, MOUNTS)
            sweep(command, "all", fault, RIGHTS)
    for command in ("create", "start", "exec", "force"):
        for pair in ("set1+set2", "EINTR+KILL", "set3+KILLALL", "EINTR>EIO", "EINTR>KILL"):
            sweep(command, "all", pair)
        sweep(command, "all", "EMFILE:*", OPENS)
        sweep(command, "all", "ENOMEM:*", MEMORY)
        sweep(command, "all", "ENOSPC:*", WRITES)
        sweep(command, "all", "EIO:*")
    for command in ("create", "start", "exec", "pause", "update", "kill", "delete", "force"):
        for call in OLD_KERNELS:
            for fault in ("ENOSYS:*", "EPERM:*"):
                sweep(command, "all", fault, call, always=True)


def main():
    parse = argparse.ArgumentParser()
    for positional in ("vial", "inject", "work"):
        parse.add_argument(positional)
    parse.add_argument("--kind", choices=kinds.KINDS, default="plain")
    parse.add_argument("--sample", type=int, default=1)
    parse.add_argument("--rows", default="")
    parse.add_argument("--seed", type=int, default=1)
    parse.add_argument("--patience", type=float, default=1.0)
    parse.add_argument("--points", default="1-999999", type=lambda s: [int(n) for n in s.split("-")])
    args = parse.parse_args()
    random.seed(args.seed)
    since = time.monotonic()
    sweep = Sweep(Bench(args), args)
    single(sweep.sweep)
    pairs(sweep.sweep)
    print(f"# {args.kind}: {sweep.points} faults in {sweep.told_rows} rows, {sweep.failed} rows bad, {time.monotonic() - since:.0f} s")
    return 1 if sweep.failed or not sweep.points else 0


sys.exit(main())
