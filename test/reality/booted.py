"""systemd itself as the first process, so that units are read, sandboxed, started and given up as on a real machine.

It shares the mounts and the network of runner.py, and has processes of its own. What services print goes through a
socket that speaks the journal's protocol, so that no unit has to be changed for it.
"""
import ctypes, os, socket, struct, subprocess, threading, time

libc = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWPID = 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x20000000
LOGS = "/var/log/nginx"
READY = ("Booting worker", "startup complete", "spawned uWSGI worker", "Running on", "ready to handle connections", "development server at")

# Ninety seconds are a long time for whom waits for them.
MANAGER = "[Manager]\nDefaultTimeoutStartSec=8s\nDefaultTimeoutStopSec=3s\n"
# The units that programs of the host bring stay out of it: only these, and those of the tree.
TARGETS = ("sysinit", "basic", "sockets", "shutdown", "umount", "network", "network-online", "nss-lookup", "local-fs",
           "remote-fs", "multi-user", "graphical", "default", "timers", "paths", "time-sync", "network-pre", "final")


def journal():
    """Takes what services print, as journald does, and writes it into a file for each unit."""
    os.makedirs("/run/systemd/journal", exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("/run/systemd/journal/stdout")
    os.chmod("/run/systemd/journal/stdout", 0o666)
    listener.listen(64)

    def take(connection):
        stream = connection.makefile("rb")
        head = [stream.readline() for _ in range(7)]
        with open(f"{LOGS}/{unit_of(connection) or head[0].decode().strip()}.log", "ab", 0) as out:
            while it := stream.readline():
                out.write(it)

    def accept():
        while True:
            threading.Thread(target=take, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def unit_of(connection):
    """The control group that the other side is in."""
    pid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    try:
        return open(f"/proc/{pid}/cgroup").read().strip().rsplit("/", 1)[-1]
    except OSError:
        return ""


def boot(mount, wanted):
    """Boots with the wanted units, and waits until systemd listens."""
    os.makedirs("/run/systemd/system.conf.d", exist_ok=True)
    open("/run/systemd/system.conf.d/time.conf", "w").write(MANAGER)
    own = "/run/throughline-units"
    os.makedirs(own)
    for it in TARGETS:
        open(f"{own}/{it}.target", "w").write("[Unit]\nDefaultDependencies=no\n")
    open(f"{own}/probe.target", "w").write(f"[Unit]\nDefaultDependencies=no\nWants={' '.join(wanted)}\n")
    started.extend(wanted)
    journal()
    own_group(mount)
    screen, console = os.openpty()
    threading.Thread(target=keep, args=(screen,), daemon=True).start()
    pid = os.fork()
    if pid == 0:
        open(f"{group[0]}/cgroup.procs", "w").write(str(os.getpid()))
        libc.unshare(NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWPID)
        if os.fork():
            os.wait()
            os._exit(0)
        mount(None, "/", None, 16384 | (1 << 18))
        mount("proc", "/proc", "proc")
        mount("tmpfs", "/sys", "tmpfs")
        os.makedirs("/sys/fs/cgroup")
        mount("cgroup2", "/sys/fs/cgroup", "cgroup2")
        mount(os.ttyname(console), "/dev/console", None, 4096)
        env = {"container": "other", "SYSTEMD_GENERATOR_PATH": "/nonexistent", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "SYSTEMD_UNIT_PATH": f"/etc/systemd/system:/run/systemd/system:{own}"}
        os.execve("/lib/systemd/systemd", ["systemd", "--system", "--log-level=info", "--log-target=console", "--log-color=no", "--show-status=no", "--unit=probe.target"], env)
    # The process that only waits has one child.
    for _ in range(100):
        inner = open(f"/proc/{pid}/task/{pid}/children").read().split()
        if inner and os.path.exists("/run/systemd/private"):
            manager.append(inner[0])
            return
        time.sleep(0.05)
    raise OSError("systemd does not come up: " + log_of("systemd"))


# The control group of this systemd, as files.
group = []


def own_group(mount):
    """A control group that no other run shares: each takes its own for the root of all."""
    at = "/var/log/nginx/.groups"
    os.makedirs(at)
    mount("cgroup2", at, "cgroup2")
    group.append(f"{at}/throughline-{os.getpid()}-{time.time_ns()}")
    os.mkdir(group[0])


def end():
    """Kills what is left, and takes the control groups away."""
    if not group:
        return
    open(f"{group[0]}/cgroup.kill", "w").write("1")
    for _ in range(40):
        try:
            for folder, _, _ in os.walk(group[0], topdown=False):
                os.rmdir(folder)
            return
        except OSError:
            time.sleep(0.05)


# systemd answers only those whose process it can see.
manager = []


def keep(screen):
    with open(f"{LOGS}/systemd.log", "ab", 0) as out:
        while it := os.read(screen, 4096):
            out.write(it.replace(b"\r", b""))


def states(units):
    """{unit: (ActiveState, SubState, NRestarts)}"""
    shown = subprocess.run(["nsenter", "-t", manager[0], "-p", "-m", "systemctl", "show", "-p", "Id,Type,ActiveState,SubState,NRestarts,Job", *units], capture_output=True, text=True)
    found = {}
    for block in shown.stdout.strip().split("\n\n"):
        of = dict(line.split("=", 1) for line in block.split("\n") if "=" in line)
        found[of.get("Id", "?")] = of
    return found


def outcome():
    """{unit: ActiveState} of the wanted units."""
    return {name: of.get("ActiveState") for name, of in states(started).items()}


started = []


def log_of(unit):
    try:
        return open(f"{LOGS}/{unit}.log", errors="replace").read()
    except OSError:
        return ""


def settle(units):
    """Waits until each service has been given up, or is up and has said so; a silent one gets four seconds."""
    begun, since = time.time(), {}
    waiting = set(units)
    while waiting and time.time() - begun < 14:
        for name, of in states(sorted(waiting)).items():
            active, sub = of.get("ActiveState"), of.get("SubState")
            key = (active, sub)
            if since.get(name, (None, 0))[0] != key:
                since[name] = (key, time.time())
            held = time.time() - since[name][1]
            over = active == "failed" or (active == "inactive" and of.get("Job", "0") in ("", "0") and held > 0.5) or int(of.get("NRestarts", 0) or 0) > 2
            ready = active == "active" and (sub != "running" or any(it in log_of(name) for it in READY) or held > (1 if of.get("Type") == "notify" else 4) and not log_of(name))
            if over or ready:
                waiting.discard(name)
        time.sleep(0.1)
    time.sleep(0.3)
