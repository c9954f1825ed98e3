"""The code in docs/settings.md and in the README: it is compiled as part of Examples, and run."""
import contextlib
import re
import socket
import subprocess
import sys
import time

from lab.repository import ROOT

PAGES = ["docs/settings.md", "README.md"]
SOURCES = [
    "Examples/Package.swift", "Examples/Shop/Package.swift", "Examples/Shop/Sources", "Examples/Sources/SettingsGuide", "Examples/Sources/TenantLogging", "Tests/HeksherSettingsTests/GuideTests.swift"]
SECONDS = 60
DEFAULTS = """\
size: 10
theme: light
test: dark
cache: 10
The services have ended
"""
# The rules that the check adds, and the output with them.
RULES = [("cache_size", "20", "tenant=acme"), ("theme", '"dark"', "user=ann")]
WITH_RULES = DEFAULTS.replace("size: 10", "size: 20").replace("theme: light", "theme: dark")


def lines(text):
    """The lines of code without indentation, comments and empty lines."""
    stripped = [line.strip() for line in text.splitlines()]
    return [line for line in stripped if line and not line.startswith("//")]


def check_code():
    """Ends the check if a block of Swift in the pages is not in the sources that are compiled."""
    files = [file for source in SOURCES for file in ([ROOT / source] if source.endswith(".swift") else sorted((ROOT / source).iterdir()))]
    compiled = ["\n".join(lines(re.sub(r'path: "\.\.(/\.\.)?"', 'path: "../heksher"', file.read_text()))) for file in files]
    for page in PAGES:
        for block in re.findall(r"^```swift\n(.*?)^```", (ROOT / page).read_text(), re.M | re.S):
            # Declarations and uses may be in different places of a program.
            for part in re.split(r"\n\n", block):
                if not any("\n".join(lines(part)) in text for text in compiled):
                    sys.exit(f"{page}: no source in {', '.join(SOURCES)} contains this code:\n{part}")


def run(program, address):
    """Runs the program of the guide; returns its output, its log and its duration."""
    start = time.monotonic()
    done = subprocess.run([program, address], capture_output=True, text=True, timeout=SECONDS)
    if done.returncode != 0:
        sys.exit(f"{program.name} ended with status {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout, done.stdout + done.stderr, time.monotonic() - start


@contextlib.contextmanager
def silent_server():
    """Accepts connections, and never responds; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def check_program(program, base, command):
    """Runs the program without rules, with rules, and with a Heksher that does not respond. command: the program heksher as a client."""
    def expect(found, wanted):
        if found != wanted:
            sys.exit(f"{program.name} prints\n{found}instead of\n{wanted}")

    expect(run(program, base)[0], DEFAULTS)
    for name, value, condition in RULES:
        command("rule", "add", name, value, "--when", condition)
    expect(run(program, base)[0], WITH_RULES)
    with silent_server() as address:
        output, log, duration = run(program, address)
    expect("".join(line for line in output.splitlines(True) if not re.match(r"\d{4}-", line)), DEFAULTS)
    if "the program starts with the default values in its code" not in log or not 3 <= duration < 15:
        sys.exit(f"Without a response, {program.name} took {duration:.1f} s, and logged\n{log}")
