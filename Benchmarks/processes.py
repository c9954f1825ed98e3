"""The processor time and memory of processes, as the kernel counts them."""
import os
import pathlib

TICKS = os.sysconf("SC_CLK_TCK")


def stat(pid):
    """The fields of /proc/PID/stat after the program's name, which can contain spaces; empty if the process has ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def descendants(pid):
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := stat(entry)):
            parents.setdefault(int(fields[1]), []).append(int(entry))
    found, pending = [], [pid]
    while pending:
        children = parents.get(pending.pop(), [])
        found += children
        pending += children
    return found


def cpu_seconds(server):
    """The processor time of a server and its processes, including those that have ended."""
    total = 0
    for pid in server.pids():
        if fields := stat(pid):
            # utime, stime, cutime and cstime. The last two belong to children that have ended.
            total += sum(map(int, fields[11:15]))
    return total / TICKS


def resident_bytes(server):
    total = 0
    for pid in server.pids():
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS:"))
    return total


def machine():
    """A description of the machine, which belongs to every result."""
    model = [line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return {"processor": model[0] if model else "unknown", "cores": os.cpu_count()}
