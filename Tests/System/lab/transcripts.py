"""Runs the commands of a document's console examples, and compares their output with the document."""
import difflib
import re
import subprocess


def examples(block):
    """The commands of a console block, each with the output that the block shows for it."""
    for step in re.split(r"^\$ ", block.replace("\\\n", ""), flags=re.M)[1:]:
        command, _, output = step.partition("\n")
        yield command, output


def differing(document, steps, address=("", ""), environment=None):
    """Runs commands, and prints the differences; returns the number of commands whose output differs.

    document: its name, for messages. steps: commands with their output. address: one that documents show, and the one to use."""
    count = 0
    for command, shown in steps:
        line = re.sub(r"^curl ", "curl --silent --show-error --max-time 30 ", command).replace(*address)
        done = subprocess.run(
            line, shell=True, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        if done.stdout.rstrip("\n") != shown.rstrip("\n"):
            count += 1
            print(f"{document}: the output of this command differs:\n  {command}")
            print(*difflib.ndiff(shown.splitlines(), done.stdout.splitlines()), sep="\n")
    return count
