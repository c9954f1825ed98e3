"""Background processes, and signals for a process and its children."""
import glob
import multiprocessing
import os
import pathlib
import signal


class BackgroundProcess:
    """Runs `work`, which a subclass defines, in a process of its own from `start` to `stop`."""

    def start(self):
        self.process = multiprocessing.Process(target=self._run, daemon=True)
        self.process.start()

    def stop(self):
        self.process.terminate()
        self.process.join()

    def _run(self):
        # Control-C reaches this process, too; the check stops it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self.work()


def process_tree(pid):
    """A process, its children, their children, and so on."""
    children = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = pathlib.Path(path).read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(path.split("/")[2]))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def signal_all(pids, number):
    """Sends a signal to those of some processes that still run."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
