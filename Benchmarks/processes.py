"""What processes used, as the kernel counts it."""
import os
import pathlib

TICKS = os.sysconf("SC_CLK_TCK")


def stat(pid):
    """The fields of /proc/PID/stat after the program's name, which may have blanks in it; none if the process is gone."""
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
    """Of a server and its processes, those that have ended included."""
    total = 0
    for pid in server.pids():
        if fields := stat(pid):
            # utime, stime, cutime and cstime: the last two are of children that ended.
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
    """What a reader needs to know about where figures come from."""
    model = [line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return {"processor": model[0] if model else "unknown", "cores": os.cpu_count()}
