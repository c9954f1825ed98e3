"""`heksher dev`, which brings its own PostgreSQL."""
import contextlib
import subprocess
import sys
import tempfile

from .waiting import wait_for_output


def wait_for_address(server):
    """Waits until a service says where it serves; returns the address."""
    return wait_for_output(server, r"serves at (http://[^\s\"]+)", "heksher")[1]


@contextlib.contextmanager
def service(heksher, *arguments, directory=None):
    """Runs `heksher dev` with further arguments; yields its address. directory: where it keeps its data, if they have to stay."""
    with tempfile.TemporaryDirectory() as temporary:
        command = [heksher, "dev", "--port", "0", "--directory", str(directory or temporary), *arguments]
        server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            yield wait_for_address(server)
        finally:
            server.terminate()
            if server.wait(60) != 0:
                sys.exit(f"heksher dev ended with status {server.returncode}")
