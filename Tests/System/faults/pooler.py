"""PgBouncer in transaction mode."""
import os
import shutil
import subprocess
import sys

from lab.clusters import USER
from lab.ports import free_port, is_open
from lab.waiting import wait_until

PROGRAM = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")


class Pooler:
    def __init__(self, directory, database):
        self.port, self.home, self.process = free_port(), directory, None
        directory.mkdir(mode=0o755)
        self.configuration = directory / "pgbouncer.ini"
        self.configuration.write_text(f"""[databases]
heksher = host=127.0.0.1 port={database.port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
server_login_retry = 1
""")
        self.start()

    def start(self):
        with open(self.home / "log", "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, self.configuration], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home, **USER)
        if not wait_until(lambda: is_open(self.port)):
            sys.exit("pgbouncer did not start:\n" + (self.home / "log").read_text(errors="replace")[-3000:])

    def kill(self):
        self.process.kill()
        self.process.wait()

    stop = kill
