"""Waits for conditions, and for lines of output."""
import re
import sys
import threading
import time


def wait_until(condition, seconds=60, interval=0.01):
    """Waits until a condition holds; returns whether it did in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval)
    return True


def wait_for_output(process, pattern, name, seconds=120):
    """Reads the standard error stream of a process until a line matches a pattern; returns the match.

    Ends the check if the process ends before, and kills the process after some seconds."""
    alarm = threading.Timer(seconds, process.kill)
    alarm.start()
    output = []
    try:
        for line in process.stderr:
            output.append(line)
            if match := re.search(pattern, line):
                # Further output must not fill the pipe.
                threading.Thread(target=process.stderr.read, daemon=True).start()
                return match
    finally:
        alarm.cancel()
    sys.exit(f"{name} did not start:\n" + "".join(output))
