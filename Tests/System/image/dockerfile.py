"""Reads a Dockerfile."""
import re


class Stage:
    """The instructions after a FROM."""

    def __init__(self, image):
        self.image, self.instructions = image, []

    def all(self, name):
        """The arguments of all instructions of a name."""
        return [arguments for instruction, arguments in self.instructions if instruction == name]


def stages(text):
    """The stages of a Dockerfile. The values of ARG replace the variables."""
    text = re.sub(r"\\\n\s*", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.M))
    found, defaults = [], {}
    for line in filter(None, map(str.strip, text.splitlines())):
        instruction, arguments = line.split(maxsplit=1)
        arguments = re.sub(r"\$\{(\w+)\}", lambda match: defaults.get(match[1], match[0]), arguments)
        if instruction == "ARG":
            name, _, value = arguments.partition("=")
            defaults[name] = value
        elif instruction == "FROM":
            found.append(Stage(arguments.split()[0]))
        else:
            found[-1].instructions.append((instruction, arguments))
    return found
