"""The tokens of readers and writers at an instance."""
import dataclasses
import re
import subprocess


@dataclasses.dataclass
class Token:
    """`prefix` is the beginning of the names of the settings that the token may see. An instance without tokens has an empty text."""
    text: str = ""
    prefix: str = ""


class AccessFile:
    """An access file with a token for writers, one that may read everything, and one for each prefix."""

    def __init__(self, heksher, path, prefixes):
        self.path, self.lines = path, []
        self.writer = self.make(heksher, "writer", "write", "")
        self.readers = [self.make(heksher, "reader", "read", ""),
                        *(self.make(heksher, f"reader-{number}", "read", prefix) for number, prefix in enumerate(prefixes))]
        path.write_text("".join(self.lines))

    def make(self, heksher, name, role, prefix):
        made = subprocess.run([heksher, "token", "new", name, "--role", role, *(["--prefix", prefix] if prefix else [])],
                              capture_output=True, text=True, check=True)
        self.lines.append(made.stdout)
        return Token(re.search(r"heksher_\S+", made.stderr)[0], prefix)
