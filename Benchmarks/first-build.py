#!/usr/bin/env python3
"""Builds the service from nothing and prints which modules take the processor time.

The build goes to .build/first-build, which this program removes first; the packages are resolved before the time counts. Twenty times a
second, it reads the processor time of all compilers, so it misses up to 50 ms of each process. Read the shares: seconds depend on the
machine and on its other load.

usage: Benchmarks/first-build.py [ARGUMENT...]    arguments of swift build, such as --debug-info-format none
"""
import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
SCRATCH = ROOT / ".build/first-build"
TICKS = os.sysconf("SC_CLK_TCK")
# The first pattern that occurs in a label names the group.
GROUPS = [
    ("BoringSSL, of swift-nio-ssl", r"BoringSSL"),
    ("SwiftNIO, with TLS", r"^_?C?NIO(?!HTTP2|HPACK)"),
    ("HTTP/2", r"^NIO(HTTP2|HPACK)"),
    ("Hummingbird", r"^Hummingbird"),
    ("AsyncHTTPClient", r"^AsyncHTTPClient"),
    ("swift-collections", r"Collections|^Deque|^ContainersPreview"),
    ("ArgumentParser", r"^ArgumentParser"),
]


def own_modules():
    return {path.name.replace("-", "_") for path in ROOT.glob("Sources/*/*")} | {path.name for path in ROOT.glob("Plugins/*")}


def label(command):
    """The module that a process compiles or links; None if it is no compiler."""
    name = os.path.basename(command[0])
    if "-module-name" in command:
        return command[command.index("-module-name") + 1]
    if name.startswith("clang"):
        match = re.search(r"checkouts/[^/]+/Sources/([^/]+)", " ".join(command))
        return match[1] if match else "C"
    return name if name in ("swift-build", "swift", "ld.gold", "ld.lld", "openapi-generate", "embed-sql") else None


def processes():
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
            status = (entry / "stat").read_text()
        except OSError:
            continue
        fields = status[status.rindex(")") + 2:].split()
        if command[0]:
            yield (entry.name, fields[19]), command, (int(fields[11]) + int(fields[12])) / TICKS


def main():
    if "--help" in sys.argv[1:] or "-h" in sys.argv[1:]:
        sys.exit(__doc__.strip())
    if not sys.platform.startswith("linux"):
        sys.exit("This program reads /proc, which only Linux has")
    shutil.rmtree(SCRATCH, ignore_errors=True)
    command = ["swift", "build", "--scratch-path", SCRATCH, "--product", "heksher", *sys.argv[1:]]
    subprocess.run(["swift", "package", "resolve", "--scratch-path", SCRATCH], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    print("Building; this takes some minutes", flush=True)
    seconds, start = {}, time.monotonic()
    with open(SCRATCH / "build.log", "w") as log:
        build = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        while build.poll() is None:
            for process, arguments, used in processes():
                module = label(arguments)
                if module:
                    seconds[process] = (module, used)
            time.sleep(0.05)
    took = time.monotonic() - start
    if build.returncode:
        sys.exit(f"The build failed: see {SCRATCH / 'build.log'}")
    own, groups, modules = own_modules(), collections.Counter(), collections.Counter()
    for module, used in seconds.values():
        modules[module] += used
        group = "this package" if module in own else next((name for name, pattern in GROUPS if re.search(pattern, module)), "others")
        groups[group] += used
    total = sum(groups.values())
    print(f"{took:.0f} s, {total:.0f} s of processor time on {os.cpu_count()} cores")
    for title, counts, limit in (("group", groups, None), ("module", modules, 25)):
        print(f"\n| {title} | seconds | share |\n| --- | ---: | ---: |")
        for name, used in counts.most_common(limit):
            print(f"| {name} | {used:.1f} | {used / total:.0%} |")


main()
