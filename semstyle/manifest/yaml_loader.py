"""YAML as people mean it in a grid spec: safe, without doubled keys, and with layers such as 3_1 as text."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

INTEGER_TAG = "tag:yaml.org,2002:int"
FLOAT_TAG = "tag:yaml.org,2002:float"
MERGE_TAG = "tag:yaml.org,2002:merge"


class SpecLoader(yaml.SafeLoader):
    """PyYAML's safe loader; refuses a key given twice, and reads numbers without YAML 1.1's underscores."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key is one word", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value} is there twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> str:
        """The text, with JSON's pairs of escapes joined to one character; half of such a pair is refused."""
        text: str = super().construct_scalar(node)
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise yaml.constructor.ConstructorError(None, None, "half a character", node.start_mark) from None

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuse ``<<``: merges of merges make a short spec fill the memory."""
        for key, _ in node.value:
            if key.tag == MERGE_TAG:
                raise yaml.constructor.ConstructorError(
                    None, None, "merging with << is not read; write the keys out", key.start_mark
                )


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
    """The document in ``data``; no object of Python's is ever made.

    Raises:
        ValueError: when it is not YAML; the message says where.
    """
    try:
        return yaml.load(data, SpecLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ValueError(f"{place}{error.problem}") from None
    except Exception as error:  # what makes dates and numbers of text raises nearly anything
        raise ValueError(f"not readable as YAML ({error or type(error).__name__})") from None
