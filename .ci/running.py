"""A service for checks to talk to: `heksher dev` on a new cluster."""
import contextlib
import re
import subprocess
import sys
import tempfile
import threading

SECONDS_TO_START = 120


def address(server):
    """Where the server says that it serves; ends the program if it ends before."""
    said = []
    for line in server.stderr:
        said.append(line)
        if found := re.search(r"serves at (http://[^\s\"]+)", line):
            # What else it says must not fill the pipe.
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return found[1]
    sys.exit("heksher dev did not start:\n" + "".join(said))


@contextlib.contextmanager
def service(heksher, *arguments, directory=None):
    """Runs `heksher dev`, and gives its address."""
    with tempfile.TemporaryDirectory() as temporary:
        command = [heksher, "dev", "--port", "0", "--directory", str(directory or temporary), *arguments]
        server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        alarm = threading.Timer(SECONDS_TO_START, server.kill)
        alarm.start()
        try:
            base = address(server)
            alarm.cancel()
            yield base
        finally:
            alarm.cancel()
            server.terminate()
            if server.wait(60) != 0:
                sys.exit(f"heksher dev ended with status {server.returncode}")
