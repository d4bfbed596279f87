"""Conditions on rows, such as ``size >= 512 and tags.scene in [coast, palace]``: parsed, and never run as code.

::

    either     = both {"or" both}
    both       = one {"and" one}
    one        = "not" one | "(" either ")" | comparison
    comparison = name ("=" | "==" | "!=" | "<" | "<=" | ">" | ">=") value
               | name ["not"] "in" "[" value {"," value} "]"

A name is that of a parameter, of an input column, or ``tags.NAME``. A value is a number, a bare word, text in quotes,
or ``null``, which stands for what a row does not have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from semstyle.errors import ParameterError
from semstyle.manifest.columns import INPUT_COLUMNS, SPEC_COLUMNS, nearest
from semstyle.manifest.compared import NUMBER, ORDERS, TAGS, Literal, Values, as_number, is_equal, literal_of
from semstyle.storage import one_line

LONGEST = 4 * 2**10
"""Most characters of a condition."""
DEEPEST = 50
"""Most parentheses and ``not`` inside one another."""
TOKEN = re.compile(
    r"""\s*(?:(?P<mark>==|!=|<=|>=|[=<>()\[\],])
        |(?P<quoted>(?:tags\.)?(?:"[^"]*"|'[^']*'))
        |(?P<word>[^\s()\[\],=!<>'"]+)
        |(?P<end>\Z))""",
    re.VERBOSE,
)
RESERVED = ("and", "or", "not", "in")
EQUALS, DIFFERS = ("=", "=="), "!="
KNOWN = (*SPEC_COLUMNS, *INPUT_COLUMNS)


@dataclass(frozen=True)
class Relation:
    """One name held against a value, or against each of several."""

    name: str
    compare: str
    literals: tuple[Literal, ...]

    def holds(self, row: Values) -> bool:
        value = row.value(self.name)
        if self.compare in ORDERS:
            number = as_number(value)
            return number is not None and ORDERS[self.compare](number, self.literals[0].value)
        return any(is_equal(self.name, value, literal) for literal in self.literals) != (self.compare == DIFFERS)

    def names(self) -> Iterator[str]:
        yield self.name


@dataclass(frozen=True)
class Every:
    """Holds when all parts do."""

    parts: tuple[Part, ...]

    def holds(self, row: Values) -> bool:
        return all(part.holds(row) for part in self.parts)

    def names(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.names()


@dataclass(frozen=True)
class Some(Every):
    """Holds when one of its parts does."""

    def holds(self, row: Values) -> bool:
        return any(part.holds(row) for part in self.parts)


@dataclass(frozen=True)
class Not:
    """Holds when its part does not."""

    part: Part

    def holds(self, row: Values) -> bool:
        return not self.part.holds(row)

    def names(self) -> Iterator[str]:
        return self.part.names()


Part = Relation | Every | Not


@dataclass(frozen=True)
class Condition:
    """A condition that has been read."""

    text: str
    root: Part

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read a condition.

        Raises:
            ValueError: in words for the user, with the character at which it goes wrong, counted from 1.
        """
        if len(text) > LONGEST:
            raise ValueError(f"a condition of {len(text):,} characters; the most is {LONGEST:,}")
        try:
            return cls(text, Parser(text).whole())
        except ValueError as error:
            raise ValueError(one_line(str(error))) from None  # it quotes the text

    def holds(self, row: Values) -> bool:
        """Whether ``row`` is one of those that are meant."""
        return self.root.holds(row)

    def names(self) -> frozenset[str]:
        """The names that it looks at."""
        return frozenset(self.root.names())


@dataclass(frozen=True)
class Token:
    """A mark, a word or a quoted text, and where it begins, counted from 1."""

    kind: str
    text: str
    place: int

    def is_mark(self, *marks: str) -> bool:
        return self.kind == "mark" and self.text in marks

    def is_word(self, word: str) -> bool:
        return self.kind == "word" and self.text.lower() == word

    @property
    def is_reserved(self) -> bool:
        return self.kind == "word" and self.text.lower() in RESERVED


def tokens(text: str) -> list[Token]:
    """Divide ``text`` into tokens; the last is its end."""
    found: list[Token] = []
    at = 0
    while not found or found[-1].kind != "end":
        match = TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            what = "a ! without =" if text[at] == "!" else "a quote that is not closed"
            raise ValueError(f"character {at + 1}: {what}")
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) + 1))
        at = match.end()
    return found


class Parser:
    """Reads one condition by recursive descent; a function for each rule of the grammar above."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._next = 0
        self._depth = 0

    def whole(self) -> Part:
        part = self._either()
        if self._token.kind != "end":
            raise self._problem("expected and, or, or the end")
        return part

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._token
        self._next += token.kind != "end"
        return token

    def _problem(self, expected: str, token: Token | None = None) -> ValueError:
        token = token or self._token
        found = "the end" if token.kind == "end" else token.text[:40]
        return ValueError(f"character {token.place}: {expected}, found {found}")

    def _either(self) -> Part:
        parts = [self._both()]
        while self._token.is_word("or"):
            self._take()
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _both(self) -> Part:
        parts = [self._one()]
        while self._token.is_word("and"):
            self._take()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _one(self) -> Part:
        token = self._token
        if not token.is_word("not") and not token.is_mark("("):
            return self._comparison()
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError(f"character {token.place}: more than {DEEPEST} parentheses and not inside one another")
        self._take()
        part: Part
        if token.is_word("not"):
            part = Not(self._one())
        else:
            part = self._either()
            self._expect(")", f"expected ) for the ( of character {token.place}")
        self._depth -= 1
        return part

    def _comparison(self) -> Part:
        name = self._name()
        token = self._take()
        if token.is_word("in") or (token.is_word("not") and self._token.is_word("in")):
            if token.is_word("not"):
                self._take()
            among = Relation(name, "=", self._list(name))
            return Not(among) if token.is_word("not") else among
        if not token.is_mark(*ORDERS, *EQUALS, DIFFERS):
            raise self._problem(f"expected =, !=, <, <=, >, >= or in after {name[:40]}", token)
        return Relation(name, token.text, (self._literal(name, token.text),))

    def _name(self) -> str:
        token = self._token
        if token.kind == "end" or token.kind == "mark" or token.is_reserved:
            raise self._problem("expected the name of a parameter, of an input or of a tag (tags.NAME)")
        self._take()
        if token.text.startswith(TAGS):
            tag = token.text.removeprefix(TAGS)
            tag = tag[1:-1] if token.kind == "quoted" else tag
            if tag:
                return TAGS + tag
            raise ValueError(f"character {token.place}: {TAGS} needs the tag's name after it")
        if token.kind == "quoted" or NUMBER.fullmatch(token.text):
            raise self._problem("a comparison begins with a name, and its value comes last", token)
        if token.text not in KNOWN:
            near = nearest(token.text, KNOWN) if len(token.text) < 40 else ""
            raise ValueError(f"character {token.place}: there is no parameter {token.text[:40]}{near}")
        return token.text

    def _list(self, name: str) -> tuple[Literal, ...]:
        self._expect("[", "expected [ after in, as in [256, 512]")
        literals = [self._literal(name, "=")]
        while self._token.is_mark(","):
            self._take()
            literals.append(self._literal(name, "="))
        self._expect("]", "expected , or ] in a list")
        return tuple(literals)

    def _expect(self, mark: str, expected: str) -> None:
        if not self._token.is_mark(mark):
            raise self._problem(expected)
        self._take()

    def _literal(self, name: str, compare: str) -> Literal:
        token = self._take()
        if token.kind in {"end", "mark"} or token.is_reserved or token.text.startswith((f'{TAGS}"', f"{TAGS}'")):
            raise self._problem("expected a value: a number, a word, or text in quotes", token)
        is_quoted = token.kind == "quoted"
        try:
            return literal_of(name, compare, token.text[1:-1] if is_quoted else token.text, is_quoted)
        except (ParameterError, ValueError) as error:
            raise ValueError(f"character {token.place}: {error}") from None
