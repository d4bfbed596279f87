"""YAML as people mean it in a grid spec: safe, without doubled keys, and with layers such as 3_1 as text.

A stranger's document is read in seconds or refused: its words, its depth and what its aliases stand for are counted.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any, cast

import yaml

INTEGER_TAG = "tag:yaml.org,2002:int"
FLOAT_TAG = "tag:yaml.org,2002:float"
MERGE_TAG = "tag:yaml.org,2002:merge"
MOST_TOKENS = 250_000
"""Most words and marks of a document: a set of inputs has about 25, and PyYAML reads some 70,000 a second."""
MOST_NODES = MOST_TOKENS
"""Most values of a document, once every alias is replaced by what it stands for."""
MOST_DEPTH = 20
LONGEST_SCALAR = 8 * 2**10
LONGEST_PROBLEM = 500
WORDS = {
    "expected <block end>": "this line is indented otherwise than those it belongs to; give it as many spaces",
    r"found character '\t'": "a tab; indent with spaces",
    "mapping values are not allowed": "a colon that begins no value; put text with a colon in quotes, or indent less",
    "could not find expected ':'": "a name without a colon after it",
    "found unexpected end of stream": "a quote that is not closed",
    "expected the node content": "a value that is missing, or cut off by a #; put text that begins with one in quotes",
    "expected ',' or": "a bracket or brace that is not closed, or text with a colon that needs quotes",
}
"""What to say of a problem, by how PyYAML's words for it begin: those name parts of PyYAML."""
UNQUOTED_HASH = re.compile(r"[ \t]+#[^\s#]")
"""What stands in place of a value that begins with # and should be in quotes, such as a colour."""


class SpecLoader(yaml.SafeLoader):
    """PyYAML's safe loader; refuses a key given twice, and reads numbers without YAML 1.1's underscores."""

    def __init__(self, stream: bytes) -> None:
        super().__init__(stream)
        self._depth = 0
        self._node_count = 0
        self._sizes: dict[yaml.Node, int] = {}

    def fetch_more_tokens(self) -> None:
        """Refuse a document that is too long while its words are read, before anything is made of them."""
        if self.tokens_taken + len(self.tokens) > MOST_TOKENS:
            raise refusal(f"more than {MOST_TOKENS:,} words and marks; write so many rows as Parquet", self.get_mark())
        super().fetch_more_tokens()

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node:
        """Return the next node; refuses what is too deep, too long or too often repeated by aliases."""
        is_alias, before = self.check_event(yaml.AliasEvent), self._node_count
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise refusal(f"nested more than {MOST_DEPTH} deep", mark)
        node = cast(yaml.Node, super().compose_node(parent, index))
        self._depth -= 1
        if is_alias and node not in self._sizes:
            raise refusal("an alias inside of what it stands for", mark)
        self._node_count += self._sizes[node] if is_alias else 1
        if self._node_count > MOST_NODES:
            raise refusal(f"stands for more than {MOST_NODES:,} values", mark)
        if isinstance(node, yaml.ScalarNode) and len(node.value) > LONGEST_SCALAR:
            raise refusal(f"a text of {len(node.value):,} characters; the most is {LONGEST_SCALAR:,}", mark)
        if is_left_out(node) and UNQUOTED_HASH.match(mark.buffer, mark.pointer):
            raise refusal("a # begins a comment; put text that begins with one in quotes", mark)
        self._sizes.setdefault(node, self._node_count - before)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise refusal("a key is one word", key.start_mark)
            if key.value in seen:
                raise refusal(f"the key {key.value} is there twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> str:
        """Return a text, with each of JSON's pairs of escapes as one character; half of such a pair is refused."""
        text: str = super().construct_scalar(node)
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise refusal("half a character", node.start_mark) from None

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuse ``<<``: merges of merges make a short spec fill the memory."""
        for key, _ in node.value:
            if key.tag == MERGE_TAG:
                raise refusal("merging with << is not read; write the keys out", key.start_mark)


def is_left_out(node: yaml.Node) -> bool:
    """Whether a value is there only as a colon or a dash says so."""
    return isinstance(node, yaml.ScalarNode) and node.value == "" and node.style is None


def refusal(problem: str, mark: yaml.Mark | None) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(None, None, problem, mark)


# YAML 1.1 takes 3_1 for the number 31, and 1e-3 for text.
SpecLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (INTEGER_TAG, FLOAT_TAG)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
SpecLoader.add_implicit_resolver(INTEGER_TAG, re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
SpecLoader.add_implicit_resolver(
    FLOAT_TAG,
    re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


def load_yaml(data: bytes) -> Any:
    """Read the document in ``data``; only text, numbers, lists and mappings are ever made of it.

    Raises:
        ValueError: when it is not YAML; the message says where.
    """
    try:
        return yaml.load(data, SpecLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problem = next((words for start, words in WORDS.items() if str(error.problem).startswith(start)), error.problem)
        raise ValueError(f"{place}{str(problem)[:LONGEST_PROBLEM]}") from None
    except Exception as error:  # what makes dates and numbers of text raises nearly anything
        raise ValueError(f"not readable as YAML ({error or type(error).__name__})") from None
