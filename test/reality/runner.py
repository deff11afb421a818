#!/usr/bin/env python3
"""Runs one scratch deployment for real and prints the status of each request as JSON.

Called inside a mount and network namespace of its own (unshare --mount --net). Reads the units with a few lines of its
own, so that a mistake of the product's reader is not repeated here. Argument: a JSON file {tree, requests}.
"""
import encodings.idna  # a tree may cover the folder that Python is in
import ctypes, grp, http.client, json, os, pwd, shlex, re, signal, socket, ssl, subprocess, sys, time
import booted

libc = ctypes.CDLL(None, use_errno=True)
MS_BIND, MS_REC, MS_PRIVATE, CLONE_NEWNS = 4096, 16384, 1 << 18, 0x20000


def mount(source, target, kind=None, flags=0, data=None):
    encode = lambda it: it.encode() if it else None
    if libc.mount(encode(source), encode(target), encode(kind), flags, encode(data)) != 0:
        raise OSError(ctypes.get_errno(), f"mount {source} {target}")


def read_unit(path, instance=""):
    """{section: [(key, value)]} of a unit with its drop-ins; continuation lines joined, `%i` filled in."""
    found, section = {}, None
    folder = path + ".d"
    more = sorted(f"{folder}/{it}" for it in os.listdir(folder) if it.endswith(".conf")) if os.path.isdir(folder) else []
    # Comments are skipped inside a continued line, too.
    for text in (re.sub(r"(?m)^[ \t]*[#;].*\n", "", open(it).read()).replace("\\\n", " ") for it in [path, *more]):
        for line in text.split("\n"):
            line = line.strip()
            if not line or line[0] in "#;":
                continue
            if line[0] == "[":
                section = line[1:-1]
            elif "=" in line:
                key, value = line.split("=", 1)
                value = value.strip().replace("%i", instance).replace("%I", instance).replace("%t", "/run")
                found.setdefault(section, []).append((key.strip(), value))
    return found


def last(unit, section, key, default=None):
    values = [v for k, v in unit.get(section, []) if k == key]
    return values[-1] if values and values[-1] else default


def every(unit, section, key):
    """An empty value empties the list."""
    found = []
    for k, v in unit.get(section, []):
        if k == key:
            found = [*found, v] if v else []
    return found


def yes(value):
    return str(value).lower() in ("1", "yes", "true", "on")


def words_of(line, env):
    """The words of a command as systemd.service(5) has them: no shell, variables as words or in braces."""
    line = line.lstrip("@-:+!")
    found = []
    for word in shlex.split(line):
        if re.fullmatch(r"\$\w+", word):
            found += env.get(word[1:], "").split()
        else:
            found.append(re.sub(r"\$\{(\w+)\}", lambda it: env.get(it[1], ""), word))
    if "/" not in found[0]:
        places = [f"{it}/{found[0]}" for it in ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin")]
        found[0:1] = [next((it for it in places if os.access(it, os.X_OK)), "/nonexistent/" + found[0])]
    elif not found[0].startswith("/"):
        raise ValueError("systemd refuses a relative path")
    return found


def open_socket(unit, name):
    made = []
    for value in every(unit, "Socket", "ListenStream"):
        if value.startswith("/"):
            folder, mode = os.path.dirname(value), int(last(unit, "Socket", "DirectoryMode", "0755"), 8)
            if not os.path.isdir(folder):
                os.makedirs(folder, mode)
                os.chmod(folder, mode)
            it = socket.socket(socket.AF_UNIX)
            it.bind(value)
            user = last(unit, "Socket", "SocketUser", "root")
            group = last(unit, "Socket", "SocketGroup")
            uid = pwd.getpwnam(user).pw_uid
            os.chown(value, uid, grp.getgrnam(group).gr_gid if group else pwd.getpwnam(user).pw_gid)
            os.chmod(value, int(last(unit, "Socket", "SocketMode", "0666"), 8))
        else:
            host, port = value.rsplit(":", 1) if ":" in value else ("::", value)
            host = host.strip("[]")
            it = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            it.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            it.bind((host, int(port)))
        it.listen(64)
        made.append(it)
    return made


def start(unit, name, sockets):
    """The service as systemd would start it: sandbox, identity, directory, environment, program."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        # systemd kills what a service leaves behind when its main process ends: so does the end of a PID namespace.
        if last(unit, "Service", "Type", "simple") != "forking":
            libc.unshare(0x20000000)
            inner = os.fork()
            if inner:
                for it in sockets or []:
                    it.close()
                os._exit(os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1]) & 0xFF)
            # The first process of the namespace is its init; the program is not to be that.
            main = os.fork()
            if main:
                while True:
                    ended, status = os.wait()
                    if ended == main:
                        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
        out = os.open("/var/log/nginx/" + name + ".log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        os.dup2(out, 1), os.dup2(out, 2)
        get = lambda key, default=None: last(unit, "Service", key, default)
        user = pwd.getpwnam(get("User", "root"))
        for key in ("StandardOutput", "StandardError"):
            kind, _, path = get(key, "").partition(":")
            if kind in ("file", "append", "truncate"):
                open(path, "a").close()
        group = grp.getgrnam(get("Group")).gr_gid if get("Group") else user.pw_gid
        for value in every(unit, "Service", "RuntimeDirectory"):
            for it in value.split():
                path = "/run/" + it
                os.makedirs(path, exist_ok=True)
                os.chmod(path, int(get("RuntimeDirectoryMode", "0755"), 8))
                os.chown(path, user.pw_uid, group)
        env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": user.pw_dir, "PYTHONDONTWRITEBYTECODE": "1"}
        for value in every(unit, "Service", "Environment"):
            env.update(it.split("=", 1) for it in shlex.split(value) if "=" in it)
        for value in every(unit, "Service", "EnvironmentFile"):
            path = value.lstrip("-")
            if not value.startswith("-") or os.path.exists(path):
                for line in open(path):
                    if "=" in line and not line.startswith("#"):
                        key, text = line.strip().split("=", 1)
                        env[key] = text.strip("\"'")
        tmp, home, system = yes(get("PrivateTmp")), get("ProtectHome", "no"), get("ProtectSystem", "no")
        if tmp or home.lower() in ("yes", "true", "on", "1", "tmpfs") or system.lower() == "strict":
            libc.unshare(CLONE_NEWNS)
            mount(None, "/", None, MS_REC | MS_PRIVATE)
            if tmp:
                mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777")
            if home.lower() in ("yes", "true", "on", "1", "tmpfs"):
                mount("tmpfs", "/home", "tmpfs", 0, "mode=0000" if home.lower() != "tmpfs" else "mode=0755")
            if system.lower() == "strict":
                keep = ["/dev", "/proc", "/sys", "/var/log/nginx"] + sum((v.split() for v in every(unit, "Service", "ReadWritePaths")), [])
                keep += ["/run/" + it for v in every(unit, "Service", "RuntimeDirectory") for it in v.split()]
                closed = ["/run", "/srv", "/home", "/opt", "/var/lib"] + ([] if tmp else ["/tmp", "/var/tmp"])
                for path in closed:
                    mount(path, path, None, MS_BIND | MS_REC)
                for path in sum((v.split() for v in every(unit, "Service", "ReadWritePaths")), []):
                    if not path.startswith("-"):
                        os.stat(path.lstrip("+"))
                for path in keep:
                    if os.path.isdir(path) and path.startswith(tuple(closed)):
                        mount(path, path, None, MS_BIND)
                for path in closed:
                    mount(None, path, None, 32 | MS_BIND | 1)
        if yes(get("PrivateNetwork")):
            libc.unshare(0x40000000)
        as_root = lambda value: value.startswith(("+", "!", "-+")) or yes(get("PermissionsStartOnly"))
        extra = [grp.getgrnam(it).gr_gid for v in every(unit, "Service", "SupplementaryGroups") for it in v.split()]
        for value in every(unit, "Service", "ExecStartPre"):
            if as_root(value):
                subprocess.run(words_of(value, env), env=env)
        os.setgroups(sorted(set(os.getgrouplist(user.pw_name, group) + extra)))
        os.setgid(group)
        os.setuid(user.pw_uid)
        os.umask(int(get("UMask", "0022"), 8))
        directory = get("WorkingDirectory", "/")
        starts = [it for it in every(unit, "Service", "ExecStart")]
        if len(starts) > 1 and get("Type") != "oneshot":
            raise ValueError("systemd refuses more than one command")
        try:
            os.chdir(directory.lstrip("-"))
        except OSError:
            if not directory.startswith("-"):
                raise
        for value in every(unit, "Service", "ExecStartPre"):
            if as_root(value):
                continue
            before = words_of(value, env)
            code = subprocess.run(before, env=env).returncode
            if code and not value.startswith("-"):
                raise ValueError(f"ExecStartPre ended with {code}")
        words = words_of(every(unit, "Service", "ExecStart")[-1], env)
        if sockets:
            held = [os.dup(it.fileno()) for it in sockets]
            for i, it in enumerate(held):
                os.dup2(it, 3 + i, inheritable=True)
            env.update(LISTEN_FDS=str(len(held)), LISTEN_PID=str(os.getpid()))
        os.execve(words[0], words, env)
    except BaseException as error:
        print(f"start of {name}: {error!r}", file=sys.stderr, flush=True)
    os._exit(200)


# Seconds; nginx waits a minute for an app.
PATIENCE = 65


def ask(request):
    """The status; 444 for a connection that is closed without one, `refused` or `tls` where none comes about."""
    host, port = request.get("host", "localhost"), request.get("port", 80)
    to = "::1" if request.get("ip6") else "127.0.0.1"
    connection = http.client.HTTPConnection(to, port, timeout=PATIENCE)
    try:
        if request.get("scheme") == "https":
            connection.connect()
            connection.sock = ssl._create_unverified_context().wrap_socket(connection.sock, server_hostname=host)
        body = b"x" * request["body"] if request.get("body") else None
        connection.request(request.get("method", "GET"), request["path"], body, {"Host": host})
        return connection.getresponse().status
    except ConnectionRefusedError:
        return "refused"
    except ssl.SSLError:
        return "tls"
    except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
        return 444
    except (OSError, http.client.HTTPException) as error:
        return f"{error!r}"
    finally:
        connection.close()


READY = ("Booting worker", "startup complete", "spawned uWSGI worker", "Running on", "ready to handle connections", "development server at")


def settle(pids):
    """Waits until each service has ended or said that it is ready; a silent one gets four seconds."""
    deadline = time.time() + 15
    begun, waiting = time.time(), dict(pids)
    while waiting and time.time() < deadline:
        for pid, name in list(waiting.items()):
            try:
                log = open(f"/var/log/nginx/{name}.log").read()
            except OSError:
                log = ""
            over = os.waitpid(pid, os.WNOHANG)[0] or any(it in log for it in READY)
            if over or (not log and time.time() - begun > 4):
                waiting.pop(pid)
        time.sleep(0.05)
    time.sleep(0.25)


def spread(tree):
    """Puts the tree's folders over the host's, those of /etc beside what the host has there."""
    for path in ("srv", "home", "root", "opt", "run", "tmp", "var/www", "usr/share/nginx"):
        if os.path.exists(f"{tree}/{path}"):
            mount(f"{tree}/{path}", "/" + path, None, MS_BIND)
    mount("overlay", "/etc", "overlay", 0, f"lowerdir={tree}/etc:/etc")
    for path in ("etc/nginx", "etc/php/8.2/fpm"):
        if os.path.exists(f"{tree}/{path}"):
            mount(f"{tree}/{path}", "/" + path, None, MS_BIND)


def main():
    job = json.load(open(sys.argv[1]))
    tree = job["tree"]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    spread(tree)
    mount("tmpfs", "/var/log/nginx", "tmpfs", 0, "mode=1777")
    for name in sorted(os.listdir(f"{tree}/etc/tmpfiles.d")) if os.path.isdir(f"{tree}/etc/tmpfiles.d") else []:
        subprocess.run(["systemd-tmpfiles", "--create", f"/etc/tmpfiles.d/{name}"], stdout=sys.stderr)
    units = f"{tree}/etc/systemd/system"
    names = sorted(os.listdir(units)) if os.path.isdir(units) else []
    pids = start_booted(units, names) if job.get("booted") else start_all(units, names)
    serve(job, pids)


def instances_in(units, names):
    """Instances of templates are wanted by links."""
    return [it for d in names if d.endswith((".wants", ".requires")) for it in os.listdir(f"{units}/{d}") if "@" in it]


def start_booted(units, names):
    """By systemd itself, see booted.py."""
    services = [it for it in [*names, *instances_in(units, names)] if it.endswith(".service") and it != "nginx.service" and not it.endswith("@.service")]
    sockets = [it for it in names if it.endswith(".socket") and not it.endswith("@.socket")]
    if os.path.isdir("/etc/tmpfiles.d"):
        subprocess.run(["systemd-tmpfiles", "--create", "--prefix=/run", "--prefix=/srv", "--prefix=/var/www", *sorted(f"/etc/tmpfiles.d/{it}" for it in os.listdir("/etc/tmpfiles.d"))], capture_output=True)
    if services or sockets:
        booted.boot(mount, [*sockets, *services])
        booted.settle(services)
    return {}


def start_all(units, names):
    """By the few lines above."""
    sockets, pids, activated = {}, {}, set()
    for name in names:
        if name.endswith(".socket"):
            unit = read_unit(f"{units}/{name}")
            target = last(unit, "Socket", "Service", name[:-7] + ("@.service" if yes(last(unit, "Socket", "Accept")) else ".service"))
            if target not in names:
                continue  # systemd refuses to start a socket without its service
            activated.add(target)
            sockets.setdefault(target, []).extend(open_socket(unit, name))
    for name in [*names, *instances_in(units, names)]:
        if not name.endswith(".service") or name == "nginx.service" or name.endswith("@.service"):
            continue
        prefix, _, instance = name[:-8].partition("@")
        path = f"{units}/{prefix}@.service" if instance else f"{units}/{name}"
        pids[start(read_unit(path, instance), name, sockets.get(name))] = name
    for it in sum(sockets.values(), []):
        it.close()
    settle(pids)
    return pids


def serve(job, pids):
    """nginx in front of what runs; prints what came."""
    nginx = subprocess.Popen(["nginx", "-c", "/etc/nginx/nginx.conf", "-g", "daemon off;"], stderr=subprocess.PIPE)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", job.get("port", 80)), 1).close()
            break
        except OSError:
            if nginx.poll() is not None:
                break
            time.sleep(0.03)
    # Where an address is taken nginx tries for a while before it gives up, and the kernel takes connections meanwhile.
    log = "/var/log/nginx/error.log"
    if os.path.exists(log) and "Address already in use" in open(log, errors="replace").read():
        nginx.wait(10)
    result = {"statuses": [ask(it) for it in job["requests"]], "log": ""}
    result["units"] = booted.outcome() if booted.manager else {}
    for name in os.listdir("/var/log/nginx"):
        if name.startswith("."):
            continue
        result["log"] += f"[{name}]\n" + open(f"/var/log/nginx/{name}", errors="replace").read()[-1500:]
    if nginx.poll() is not None:
        result["log"] += nginx.stderr.read().decode()
    print(json.dumps(result))
    sys.stdout.flush()
    nginx.terminate()
    booted.end()
    for pid in pids:
        try:
            os.killpg(pid, signal.SIGKILL)
        except OSError:
            pass


main()
