"""A private PostgreSQL for the tests: one cluster for all processes of a test run, a fresh database for each test.

The first process that needs it starts it, and every process that uses it holds a shared lock on its `users` file. The
shell script that runs the server waits for that file's exclusive lock: the kernel grants it when the last process is
gone, however it ended, so that no server and no folder is left behind, not even after `kill -9`.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from tests.support.memory import memory

OLDEST = 15
START_SECONDS = 60
START_TRIES = 3
ROLE = "uji"

RUN = """
"$1/postgres" -D "$2/data" >"$2/log" 2>&1 &
exec 9<"$2/users"
flock -x 9
kill -INT $!
wait $!
rm -rf "$2"
"""

SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
log_min_messages = warning
"""

# What a power cut may cost does not matter to a test that compares answers. The log is kept short to fit into memory.
NOT_DURABLE = """
fsync = off
full_page_writes = off
max_wal_size = 128MB
"""


def server_programs() -> Path:
    """The folder with the newest installed initdb and postgres. Raises RuntimeError where there is none."""
    on_path = shutil.which("initdb")
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    versions = [(int("".join(filter(str.isdigit, folder.parent.name))), folder) for folder in folders]
    newest = max((found for found in versions if (found[1] / "initdb").exists()), default=None)
    if newest and newest[0] >= OLDEST:
        return newest[1]
    if on_path:
        return Path(on_path).resolve().parent
    raise RuntimeError(f"PostgreSQL {OLDEST} or newer is not installed: run tests/need.sh")


@dataclass(frozen=True)
class Cluster:
    """A running server. `folder` is its own, removed at its end; `lease` keeps it alive for this process. `kept`: the
    connection for commands to the server, where there was one before: to connect takes longer than most of them."""

    folder: Path
    port: int
    password: str
    lease: IO[str]
    kept: list[psycopg.Connection] = field(default_factory=list)

    def url(self, database: str) -> str:
        return f"postgresql://{ROLE}:{self.password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, like: str = "/template1") -> str:
        """The URL of a new database: an empty one, or a copy of the one at the URL `like`."""
        name = f"uji_{secrets.token_hex(6)}"
        names = sql.Identifier(name), sql.Identifier(_name(like))
        # Files as they are, not block by block through the log: quicker where no checkpoint waits for a disk.
        self._command(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(*names))
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Removes a database, whoever is still connected to it."""
        self._command(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(_name(url))))

    def crash(self) -> None:
        """As when its machine loses power: all its processes are gone at once. For a cluster that nobody else uses."""
        self._let_go()
        lock = self.folder / "data/postmaster.pid"
        postmaster = int(lock.read_text().split("\n")[0])
        backends = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        os.killpg(os.getpgid(postmaster), signal.SIGKILL)  # with the script that would remove the folder
        for backend in backends:
            with suppress(ProcessLookupError):
                os.kill(int(backend), signal.SIGKILL)
        lock.unlink()  # it would not start where a process of that number lives, or is a zombie

    def start_again(self) -> None:
        """After `crash`: what was committed is there again."""
        log = _run(self)
        if log:
            raise RuntimeError(f"PostgreSQL did not start again:\n{log}")

    def leave(self) -> None:
        """Gives the lease back; the last one to leave stops the server."""
        self._let_go()
        self.lease.close()

    def _command(self, statement: sql.Composed) -> None:
        if not self.kept:
            self.kept.append(psycopg.connect(self.url("postgres"), autocommit=True))
        self.kept[0].execute(statement)

    def _let_go(self) -> None:
        while self.kept:
            self.kept.pop().close()


def _name(url: str) -> str:
    return url.rsplit("/", 1)[1]


def join_cluster(meeting: Path, *, durable: bool = False) -> Cluster:
    """The cluster of all who call with the same folder `meeting`; the first starts it, and it ends with the last.

    `durable` keeps fsync on: for tests that kill the server, and for figures that are to mean something.
    """
    kind = "durable" if durable else "fast"
    state = meeting / f"postgres-{kind}"
    with (meeting / f"postgres-{kind}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _running(state) or _started(state, durable)


def _running(state: Path) -> Cluster | None:
    if not state.exists():
        return None
    folder, port, password = state.read_text().split("\n")
    try:
        lease = (Path(folder) / "users").open()
    except FileNotFoundError:
        return None
    fcntl.flock(lease, fcntl.LOCK_SH)
    if not (Path(folder) / "users").exists():  # the last user left while we waited for the lock
        lease.close()
        return None
    return Cluster(Path(folder), int(port), password, lease)


def _started(state: Path, durable: bool) -> Cluster:
    password = secrets.token_hex(8)
    for _ in range(START_TRIES):
        folder = _initialised(password, durable)
        port = _free_port()
        with (folder / "data/postgresql.conf").open("a") as settings:
            settings.write(f"port = {port}\n")
        lease = (folder / "users").open()
        fcntl.flock(lease, fcntl.LOCK_SH)
        cluster = Cluster(folder, port, password, lease)
        log = _run(cluster)
        if not log:
            state.write_text(f"{folder}\n{port}\n{password}")
            return cluster
        cluster.leave()
    raise RuntimeError(f"PostgreSQL did not start:\n{log}")


def _initialised(password: str, durable: bool) -> Path:
    # A database is hundreds of files, which the tests make and remove by the hundred thousand; so not on the disk.
    folder = Path(tempfile.mkdtemp(prefix="uji-postgres-", dir=None if durable else memory()))
    (folder / "users").touch()
    (folder / "password").write_text(password)
    if os.geteuid() == 0:
        for path in (folder, folder / "users", folder / "password"):
            shutil.chown(path, "postgres", "postgres")
    # Scram would spend more time on each of the many thousand connections than most of them live.
    options = ["--no-sync", "--encoding=UTF8", "--locale=C", f"--username={ROLE}", "--auth=md5"]
    command = [*_as_server_user(), str(server_programs() / "initdb"), *options]
    made = subprocess.run(
        [*command, f"--pwfile={folder}/password", "-D", str(folder / "data")],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{made.stderr}")
    with (folder / "data/postgresql.conf").open("a") as settings:
        settings.write(SETTINGS if durable else SETTINGS + NOT_DURABLE)
    return folder


def _run(cluster: Cluster) -> str:
    """Starts the server and waits until it answers; returns its log where it ended instead."""
    runner = subprocess.Popen(
        [*_as_server_user(), "sh", "-c", RUN, "sh", str(server_programs()), str(cluster.folder)],
        cwd=cluster.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl+C is for the tests; the server ends when they have ended
    )
    _left_to_run.append(runner)
    log = cluster.folder / "log"
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        try:
            psycopg.connect(cluster.url("postgres")).close()
            return ""
        except psycopg.OperationalError:
            if log.exists() and "FATAL:  could not" in log.read_text():
                break
            time.sleep(0.05)
    return log.read_text() or "no answer, and nothing in its log"


# Popen objects warn when they go while their process runs; these processes outlive this one on purpose.
_left_to_run: list[subprocess.Popen[bytes]] = []


def _as_server_user() -> list[str]:
    """PostgreSQL refuses to run as root: the start of a command line that changes to its own user."""
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        raise RuntimeError("root needs the user `postgres` to start PostgreSQL: run tests/need.sh") from None
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
