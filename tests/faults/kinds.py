# SPDX-License-Identifier: Apache-2.0
"""The kinds of containers that the faults meet, and who stands at the other ends of their sockets."""
import array
import os
import pty
import socket
import subprocess
import termios
import threading

KINDS = ("plain", "userns", "terminal", "notify", "hooks", "hybrid", "systemd")


def read(path):
    try:
        with open(path, encoding="utf8", errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def a_limit(name, top):
    """One that this machine has a controller for: resources, the file that holds it, its text.
    @top: the container's cgroup where there is but one hierarchy."""
    if os.path.exists("/sys/fs/cgroup/pids"):
        return {"pids": {"limit": 77}}, f"/sys/fs/cgroup/pids/{name}/pids.max", "77\n"
    controllers = read("/sys/fs/cgroup/cgroup.controllers").split()
    if "pids" in controllers:
        return {"pids": {"limit": 77}}, f"{top}/pids.max", "77\n"
    if "hugetlb" in controllers:
        above = os.path.dirname(top)  # systemd does not enable it
        for parent in ("/sys/fs/cgroup", above) if above != "/sys/fs/cgroup" else ():
            with open(f"{parent}/cgroup.subtree_control", "w", encoding="utf8") as f:
                f.write("+hugetlb")
        limits = [{"pageSize": "2MB", "limit": 4 << 20}]
        return {"hugepageLimits": limits}, f"{top}/hugetlb.2MB.max", f"{4 << 20}\n"
    raise RuntimeError("neither pids nor hugetlb")


def descriptors(connection):
    """Those that one message brings."""
    try:
        _, ancillary, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(16))
    except OSError:
        return []
    got = array.array("i")
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            got.frombytes(data[: len(data) - len(data) % got.itemsize])
    return list(got)


class Caller:
    """The terminal of who calls: the controlling one of a command in a session of its own."""

    PREFIX = ("setsid", "--ctty")

    def __init__(self, out):
        self.master, self.peer = pty.openpty()
        settings = termios.tcgetattr(self.peer)
        settings[1] &= ~termios.ONLCR  # the lines as the container wrote them
        termios.tcsetattr(self.peer, termios.TCSANOW, settings)
        self.settings = termios.tcgetattr(self.peer)
        threading.Thread(target=self.copy, args=(out,), daemon=True).start()

    def copy(self, out):
        Kind.copy(self.master, out)
        os.close(self.master)

    def done(self):
        """Return: whether it is as it was."""
        same = termios.tcgetattr(self.peer) == self.settings
        os.close(self.peer)
        return same


class Kind:
    """What is different in the configuration and in the arguments."""

    def __init__(self, name, work):
        self.name = name
        self.socket = f"{work}/peer.sock"
        self.out = None
        if name in ("terminal", "notify"):
            peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            peer.bind(self.socket)
            peer.listen(64)
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        while True:
            connection, _ = peer.accept()
            threading.Thread(target=self.attend, args=(connection, self.out), daemon=True).start()

    def attend(self, connection, out):
        """A terminal's text goes to the output; a listener's descriptor is held till its end."""
        fds = descriptors(connection)
        if self.name == "terminal":
            for fd in fds:
                self.copy(fd, out)
        for fd in fds:
            os.close(fd)
        connection.close()

    @staticmethod
    def copy(fd, out):
        while True:
            try:
                data = os.read(fd, 65536)
            except OSError:
                data = b""
            if not data:
                return
            if out:
                with open(out, "ab") as f:
                    f.write(data)

    def cgroups(self, name):
        """Patterns for the directories of the container's cgroups."""
        if self.name == "systemd":
            return [f"/sys/fs/cgroup/system.slice/{name}.scope"]
        return [f"/sys/fs/cgroup/{name}", f"/sys/fs/cgroup/*/{name}"]

    def wipe(self, name):
        """What the next container of that name would stumble over."""
        if self.name == "systemd":
            for verb in ("kill", "stop", "reset-failed"):
                subprocess.run(["systemctl", verb, f"{name}.scope"], stderr=subprocess.DEVNULL, check=False)

    def options(self):
        """Before the command's name."""
        return ["--systemd-cgroup"] if self.name == "systemd" else []

    def new_output(self, out):
        """Where the text of the next terminal goes."""
        self.out = out

    def terminal(self):
        return ["--console-socket", self.socket] if self.name == "terminal" else []

    def caller(self, command):
        """The terminal that a command needs which passes its container's on; None: it needs none."""
        return Caller(self.out) if self.name == "terminal" and command == "run" else None

    def exec_terminal(self):
        return ["--tty", "--detach", *self.terminal()] if self.name == "terminal" else []

    def configure(self, config, name):
        linux = config["linux"]
        linux["cgroupsPath"] = f"/{name}"
        if self.name == "systemd":
            linux["cgroupsPath"] = "system.slice:" + name.replace("-", ":", 1)
        elif self.name == "userns":
            linux["namespaces"].append({"type": "user"})
            linux["uidMappings"] = linux["gidMappings"] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
            linux.get("sysctl", {}).pop("net.ipv4.ping_group_range", None)  # more groups than are mapped
        elif self.name == "terminal":
            config["process"]["terminal"] = True
        elif self.name == "notify":
            linux["seccomp"]["listenerPath"] = self.socket
            linux["seccomp"]["syscalls"].append({"names": ["acct"], "action": "SCMP_ACT_NOTIFY"})
        elif self.name == "hooks":
            hook = [{"path": "/bin/true", "timeout": 5}, {"path": "/bin/true", "args": ["true", "x"]}]
            for stage in ("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"):
                config["hooks"][stage] = hook
