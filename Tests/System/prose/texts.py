"""Texts for people in files: paragraphs of documentation, comments, and string literals that are sentences."""
import io
import pathlib
import re
import tokenize

CODE = "CODE"


class Text:
    """A paragraph, with the line of each of its characters."""

    def __init__(self, kind="paragraph"):
        self.kind = kind
        self.characters = ""
        self.places = []

    def add(self, line, text):
        text = text.strip()
        if text:
            # Code in a sentence is one word. A code span may end on the next line, so sentences() looks for the rest.
            self.characters += text + " "
            self.places += [line] * (len(text) + 1)

    def sentences(self):
        characters, places = self.without_code()
        start = 0
        for end in re.finditer(r"[.!?][\"')*_]*(?=\s)(?<!e\.g\.)(?<!i\.e\.)|$", characters):
            sentence = characters[start:end.end()]
            offset = start + len(sentence) - len(sentence.lstrip(" *_>|-"))
            if sentence.strip(" *_>|-"):
                yield places[min(offset, len(places) - 1)], sentence.strip(" *_>|-")
            start = end.end()

    def without_code(self):
        """The text with code spans as one word."""
        characters, places, last = "", [], 0
        for span in re.finditer(r"``.+?``|`[^`]+`|\]\([^)]*\)", self.characters):
            word = "" if span[0].startswith("]") else CODE
            characters += self.characters[last:span.start()] + word
            places += self.places[last:span.start()] + [self.places[span.start()]] * len(word)
            last = span.end()
        return characters + self.characters[last:], places + self.places[last:]


def paragraphs(numbered):
    """Texts of numbered lines of Markdown, or of comments, which are written likewise."""
    text, is_code = Text(), False
    for number, line in numbered:
        stripped = line.strip()
        if stripped.startswith(("```", "~~~")):
            is_code = not is_code
        begins = re.match(r"([-*+]|\d+\.|\|) ", stripped)
        if is_code or not stripped or begins or stripped.startswith("#"):
            yield text
            text = Text()
        if is_code or stripped.startswith("```"):
            continue
        if stripped.startswith("#"):
            heading = Text("heading")
            heading.add(number, stripped.lstrip("# "))
            yield heading
        elif stripped.startswith("|"):
            for cell in re.split(r"(?<!\\)\|", stripped.strip("|")):
                text = Text()
                text.add(number, cell)
                yield text
            text = Text()
        else:
            text.add(number, re.sub(r"^- Parameters?( \w+)?:|^- (Returns|Throws|Precondition|Note):", "", stripped[begins.end():])
                     if begins else stripped)
    yield text


def markdown(content):
    return paragraphs(enumerate(content.splitlines(), 1))


def comments(content, mark):
    """Texts of lines that are comments, or end with one."""
    block = []
    for number, line in enumerate(content.splitlines(), 1):
        found = re.match(rf"(.*?)(?:^|\s)({re.escape(mark)})(?:\s|$)(.*)", line)
        is_whole = found and not found[1].strip()
        if block and not is_whole:
            yield from paragraphs(block)
            block = []
        if is_whole:
            block.append((number, found[3]))
        elif found:
            yield from paragraphs([(number, found[3])])
    yield from paragraphs(block)


def yaml(content):
    """Texts of comments and of the members that documentation pages show."""
    # In code blocks, # begins a comment of another language.
    yield from comments(re.sub(r"```.*?```", lambda block: "\n" * block[0].count("\n"), content, flags=re.S), "#")
    lines = content.splitlines()
    number = 0
    while number < len(lines):
        found = re.match(r"(\s*(?:- )?)(?:description|summary|title):\s*(.*)", lines[number])
        number += 1
        if not found:
            continue
        indentation, rest = len(found[1]), found[2]
        block = []
        if not re.match(r"[|>][-+]?$", rest):
            block.append((number, re.sub(r"^['\"]|['\"]$", "", rest)))
        while number < len(lines) and (not lines[number].strip() or len(lines[number]) - len(lines[number].lstrip()) > indentation):
            block.append((number + 1, lines[number]))
            number += 1
        yield from paragraphs(block)


SWIFT = re.compile(
    r"(?P<comment>//[^\n]*)|(?P<block>/\*.*?\*/)|(?P<raw>#+\"\"\".*?\"\"\"#+|#+\".*?\"#+)"
    r"|(?P<long>\"\"\".*?(?<!\\)\"\"\")|(?P<short>\"(?:\\\((?:[^()\n]|\([^()\n]*\))*\)|\\.|[^\"\\\n])*\")", re.S)


def swift(content):
    """Texts of comments, and of string literals that have three words or more."""
    block, last = [], 0
    for found in SWIFT.finditer(content):
        number = content.count("\n", 0, found.start()) + 1
        if found["comment"] is not None:
            begins_line = not content[content.rfind("\n", 0, found.start()) + 1:found.start()].strip()
            if block and (not begins_line or number != block[-1][0] + 1):
                yield from paragraphs(block)
                block = []
            block.append((number, found["comment"].lstrip("/").removeprefix(" ")))
            continue
        literal = found["long"] or found["short"]
        if literal is None:
            continue
        literal = re.sub(r"\\\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)", CODE, literal.strip('"'))
        if len(literal.split()) >= 3 and re.search(r"[a-z]{2} [a-z]{2}", literal):
            yield from paragraphs(enumerate(literal.replace("\\\n", " \n").splitlines(), number))
    yield from paragraphs(block)


def python(content):
    """Texts of comments and documentation strings."""
    yield from comments(content, "#")
    before = None
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        if token.type == tokenize.STRING and before in (None, tokenize.NEWLINE, tokenize.INDENT):
            yield from paragraphs(enumerate(token.string.strip("\"'").splitlines(), token.start[0]))
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            before = token.type


def texts(file, content):
    """The texts of a file that is named relative to the repository."""
    suffix = pathlib.Path(file).suffix
    if suffix == ".md":
        return markdown(content)
    if suffix == ".swift":
        return swift(content)
    if suffix in (".yaml", ".yml"):
        return yaml(content)
    if suffix == ".py" or content.startswith("#!/usr/bin/env python3"):
        return python(content)
    if suffix == ".sql":
        return comments(content, "--")
    if suffix in (".c", ".h", ".pml", ".lua"):
        return comments(content, "--" if suffix == ".lua" else "//")
    return comments(content, "#")
