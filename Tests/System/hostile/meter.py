"""Measures the CPU time and the memory of a process."""
import pathlib
import time

# The kernel's clock of a whole process (CPUCLOCK_SCHED in Linux's posix-timers.h), which counts nanoseconds.
CPU_CLOCK = 2
MEGABYTE = 1 << 20


class Meter:
    def __init__(self, pid):
        self.pid, self.clock = pid, (~pid << 3) | CPU_CLOCK

    # The methods raise an `OSError` after the process has ended.

    def cpu_seconds(self):
        return time.clock_gettime(self.clock)

    def memory(self, field="VmRSS"):
        """The memory in bytes. With `VmHWM`, the peak since `forget_peak`."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise ProcessLookupError(f"The process {self.pid} has ended")

    def forget_peak(self):
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def wait_until_idle(self, usual, seconds):
        """Waits until the process uses hardly more CPU time than expected; returns whether it did in time.

        usual: a function that returns the CPU time in seconds that the process was expected to use since the start of the wait."""
        deadline, calm = time.monotonic() + seconds, 0
        before, used = usual(), self.cpu_seconds()
        while time.monotonic() < deadline:
            time.sleep(0.05)
            now, now_used = usual(), self.cpu_seconds()
            calm = calm + 1 if now_used - used < (now - before) * 2 + 0.01 else 0
            if calm == 3:
                return True
            before, used = now, now_used
        return False
