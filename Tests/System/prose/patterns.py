"""Patterns of sentences that are hard to read, each with a remedy and with examples that show what it matches."""
import re
import sys


class Pattern:
    def __init__(self, expression, remedy, bad, good=(), except_for=None):
        """
        expression: what a sentence at fault contains
        bad, good: sentences that it has to match, and sentences that it must not match
        except_for: an expression for sentences that are acceptable although they match
        """
        self.expression = re.compile(expression)
        self.except_for = except_for and re.compile(except_for)
        self.remedy = remedy
        self.bad = bad
        self.good = good

    def matches(self, sentence, kind="paragraph"):
        """kind: "paragraph" or "heading"; a heading may begin like a question."""
        if self.except_for and self.except_for.search(sentence):
            return False
        found = self.expression.search(sentence)
        return bool(found) and not (kind == "heading" and found.start() == 0)


QUESTION = r"\?[\"')]*$"

PATTERNS = [
    Pattern(
        r"^(Who|Whoever|Whom|Whose|Those who|Nobody|Somebody who|Everybody who|Anybody who)\b",
        "Name the acting thing: the client, the caller, the service, the guard.",
        ["Who finds no rule takes the default.", "Nobody sees it.", "Those who ask at once wait."],
        ["The caller sees it.", "Who may do this?"], QUESTION),
    Pattern(
        r"^(What|Whatever)\b",
        "Begin with the name of the thing, for example \"The settings that …\".",
        ["What is known of a request.", "Whatever a client sends is checked."],
        ["What has changed?", "The fields that a request has."], QUESTION),
    Pattern(
        r"\b([Ww]hoever|[Ww]homever|(?<!user )nobody|no-one)\b",
        "Name the acting thing, or turn the sentence round: \"no client …\".",
        ["It goes to whoever asks.", "A row that nobody reads stays."], ["No client reads it.", "There is no user nobody."]),
    Pattern(
        r"\b(for|to|of|by|from|with|than|that|and|as|if|but|what) who\b",
        "Say which client, caller or thread it is.",
        ["It is compressed for who accepts gzip.", "It is found, so that who asks waits."],
        ["A client who accepts gzip gets it compressed."]),
    Pattern(
        r"\b(tells|tell of|tell by|told of|(is|are|was|were|be) told)\b",
        "Say \"shows\", \"reports\", \"describes\", \"lists\" or \"distinguishes\".",
        ["The page tells how.", "The client is told so.", "It is told of by the log."], ["The page describes how."]),
    Pattern(
        r"(?<!there )\b(is|are|was|were) none\b",
        "Say \"is not a …\" or \"has no …\".",
        ["A body that is none.", "A condition that was none is refused."],
        ["409 while there are none."]),
    Pattern(
        r"\b(if|If|until|while) there (is|are) none\b",
        "Name the thing, for example \"if the request has no body\".",
        ["The body; `nil` if there is none."], ["The body; `nil` if the request has no body."]),
    Pattern(
        r"\b[Tt]he (former|latter)\b(?! [a-z])",
        "Name the thing again.",
        ["It takes the former, and the contract the latter."], ["The former release took both."]),
    Pattern(
        r"\bno more\b(?! than\b)(?! \w+s\b)",
        "Say \"no longer\" or \"not … again\".",
        ["It reads no more.", "Heksher knows it no more and refuses it."],
        ["It takes no more than a second.", "The service accepts no more connections."]),
    Pattern(
        r"\b(held|holds?|holding)\b[^.,;:]{0,60}\bagainst\b",
        "Say \"compare with\".",
        ["It is held against the revision.", "The service holds names against the limits."],
        ["The service compares names with the limits."]),
    Pattern(
        r"\b(mend|mends|mended|anew|beforehand by|alike by|oblivion|be it|somebody's hand|in circles|out of reach of)\b",
        "Use the common word: fix, repair, again.",
        ["It is mended at the start.", "The build makes it anew."], ["It is repaired at the start."]),
    Pattern(
        r"\b([Ww]hat|[Ww]hich) (it|there|they) (is|are|was|were|has|have) (by|of|to)\b",
        "Name the thing.",
        ["It is what there is of it.", "What there is to say about it."], ["It is a list of settings."]),
    Pattern(
        r"\bof (theirs|its own is|whom)\b",
        "Name the thing and its owner.",
        ["A rule of theirs has changed."], ["A rule of the setting has changed."]),
    Pattern(
        r"\[\s*\\?'[^\]\[]*\\?'\s*\]",
        "Write a list for people: a, b and c.",
        ["The features ['a', 'b'] are unknown."], ["The features a and b are unknown."]),
]


def check_patterns():
    """Ends the program if a pattern does not match its bad examples, or matches a good one."""
    for pattern in PATTERNS:
        for sentence in pattern.bad:
            if not pattern.matches(sentence):
                sys.exit(f"{pattern.expression.pattern} does not match: {sentence}")
        for sentence in pattern.good:
            if pattern.matches(sentence):
                sys.exit(f"{pattern.expression.pattern} matches: {sentence}")
