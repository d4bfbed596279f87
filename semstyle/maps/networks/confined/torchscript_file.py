"""Reading networks in TorchScript, where the operator of the cluster allows them.

A TorchScript file is a program. Its source is read as text before anything of it is compiled, then the graph that torch
makes of it is held against a list of operations that compute and do nothing else.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from semstyle.errors import InputError
from semstyle.maps.networks.confined.torchscript_operations import ALLOWED

SOURCE = ".py"
RUNS_WHEN_LOADED = ("__setstate__", "__getstate__")
UNPRINTABLE = re.compile(r"[^\n\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]|[\u0085\u2028\u2029]")
MOST_SOURCE_BYTES = 16 * 2**20
MOST_BYTES = 2**30


def read_torchscript(data: bytes) -> torch.jit.ScriptModule:
    """Read the network in a TorchScript archive, whose forward takes one image.

    torch is given an archive that is written here from the members that were checked, so that it cannot see others.

    Raises:
        InputError: when it is none, is damaged, or does more than compute.
    """
    members = archive_members(data)
    check_source(members)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch deprecates TorchScript; networks in it are still around
            module: torch.jit.ScriptModule = torch.jit.load(io.BytesIO(archive_of(members)), map_location="cpu")
    except Exception:  # its reader raises many kinds
        raise InputError("a damaged TorchScript archive, or one of another version of torch") from None
    check_graph(module)
    return module.eval()


def archive_members(data: bytes) -> dict[str, bytes]:
    """Unpack an archive: name → content.

    Raises:
        InputError: when it is damaged, or unpacks to more than ``MOST_BYTES``.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
                raise InputError(f"unpacks to more than {MOST_BYTES:,} bytes")
            return {member.filename: archive.read(member) for member in archive.infolist()}
    except InputError:
        raise
    except Exception:  # zipfile raises a dozen kinds on a damaged or forged archive
        raise InputError("a damaged archive") from None


def archive_of(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return file.getvalue()


def check_source(members: Mapping[str, bytes]) -> None:
    """Raise :class:`InputError` for source that we and TorchScript could read differently, or that runs when loaded.

    Comments and characters that do not print are refused, as torch writes neither: a coding line in a comment can hide
    the next line from a reader that obeys it.
    """
    sources = [content for member, content in members.items() if member.endswith(SOURCE)]
    if sum(map(len, sources)) > MOST_SOURCE_BYTES:
        raise InputError(f"its source is longer than {MOST_SOURCE_BYTES:,} bytes")
    for source in sources:
        try:
            text = source.decode("utf-8")
            if UNPRINTABLE.search(text) or has_comment(text):
                raise InputError("its source has comments or control characters, which torch does not write")
            names = set(names_in(ast.parse(text)))
        except (UnicodeDecodeError, SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
            raise InputError("a damaged TorchScript archive") from None
        for name in RUNS_WHEN_LOADED:
            if name in names:
                raise InputError(f"names {name}, which runs when it is loaded; save the network as ONNX")


def has_comment(text: str) -> bool:
    return any(token.type == tokenize.COMMENT for token in tokenize.generate_tokens(io.StringIO(text).readline))


def names_in(tree: ast.AST) -> Iterator[str]:
    """Yield every name that is defined or used, also as text."""
    for node in ast.walk(tree):
        for field in ("name", "id", "attr", "value"):
            if isinstance(text := getattr(node, field, None), str):
                yield text


def check_graph(module: torch.jit.ScriptModule) -> None:
    """Raise :class:`InputError` when what ``forward`` does, with all that it calls, is not on the list."""
    try:
        graph = module.inlined_graph
    except Exception:  # a module may have no forward
        raise InputError("a TorchScript archive without a network") from None
    for kind in kinds_of(graph):
        if kind not in ALLOWED:
            raise InputError(f"runs {kind}, which is not among the operations that are allowed; save it as ONNX")


def kinds_of(block: Any) -> Iterator[str]:
    """Yield the operations of a graph or block and of the blocks inside it."""
    waiting = [block]
    while waiting:
        for node in waiting.pop().nodes():
            yield node.kind()
            waiting += list(node.blocks())
            # A constant may itself be a graph, of a function that has not been inlined.
            if node.hasAttribute("Subgraph"):
                waiting.append(node.g("Subgraph"))
