"""The types of settings, their values, and versions."""
import json


def canonical(value):
    """A text that is the same for equal JSON values: `1` and `1.0` are equal, `true` and `1` are not."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return repr(float(value))
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return "{" + ",".join(f"{json.dumps(k)}:{canonical(v)}" for k, v in sorted(value.items())) + "}"


class Type:
    """The type of a setting. inner: its options, or the type of its elements."""

    def __init__(self, word, inner=None):
        self.word, self.inner = word, inner
        if word in ("Enum", "Flags"):
            distinct = list({canonical(option): option for option in reversed(inner)}.values())
            self.options = {canonical(option) for option in inner}
            self.text = f"{word}[{','.join(sorted(json.dumps(option) for option in distinct))}]"
        elif inner is not None:
            self.text = f"{word}<{inner.text}>"
        else:
            self.text = word

    def admits(self, value):
        match self.word:
            case "int":
                return not isinstance(value, bool) and isinstance(value, (int, float)) and value == int(value)
            case "float":
                return not isinstance(value, bool) and isinstance(value, (int, float))
            case "str":
                return isinstance(value, str)
            case "bool":
                return isinstance(value, bool)
            case "Enum":
                return not isinstance(value, (list, dict)) and canonical(value) in self.options
            case "Flags":
                if not isinstance(value, list):
                    return False
                texts = [canonical(element) for element in value]
                return len(set(texts)) == len(texts) and set(texts) <= self.options
            case "Sequence":
                return isinstance(value, list) and all(map(self.inner.admits, value))
            case "Mapping":
                return isinstance(value, dict) and all(map(self.inner.admits, value.values()))

    def is_below(self, other):
        """Whether this is a proper subtype of the other."""
        if (self.word, other.word) == ("int", "float"):
            return True
        if self.word != other.word or self.inner is None:
            return False
        return self.options < other.options if self.word in ("Enum", "Flags") else self.inner.is_below(other.inner)


INT, FLOAT, STR, BOOL = map(Type, ("int", "float", "str", "bool"))
TYPES = [
    INT, FLOAT, STR, BOOL, Type("Enum", ["a", 1, True]), Type("Enum", ["a", 1]), Type("Enum", [1, "b", 1.0]),
    Type("Flags", ["a", "b"]), Type("Flags", ["b"]), Type("Sequence", INT), Type("Sequence", FLOAT), Type("Mapping", INT),
    Type("Mapping", Type("Sequence", FLOAT)), Type("Mapping", Type("Sequence", INT)),
]
VALUES = [
    0, 1, 1.0, -3, 2.5, True, False, "a", "b", "", None, [], ["b"], ["a", "b"], ["b", "b"], [1], [1.0, 2], [0.5], {}, {"x": 1},
    {"x": [1]}, {"x": [0.5], "y": []}, 12345678901234567890, "\u00e9\"\\",
]


def version_of(text):
    """The major and the minor number of a version."""
    return tuple(map(int, text.split(".")))
