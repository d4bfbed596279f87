"""Networks in TorchScript.

A TorchScript file is a program, and may come from a stranger. Its source is in it, so it is read before anything of it
runs: what names an operation that opens files, or runs while loading, is refused. torch reads an archive that is
written here from the members that were checked, so that the two cannot differ.
"""

from __future__ import annotations

import ast
import io
import warnings
import zipfile
from collections.abc import Mapping

import torch

from semstyle.engine.errors import InputError
from semstyle.maps.networks.network import Network

SOURCE = ".py"
FORBIDDEN = {"save", "from_file", "load_tensor", "read_file", "write_file", "__setstate__", "__getstate__"}
"""Operations with a path among their arguments, and what runs when a file is loaded."""
ALLOWED_LIBRARIES = {"prim", "aten"}
"""Of ``ops``; others may do anything, torchvision's write files among it."""
LIBRARY_ROOTS = {"ops", "torch"}
MOST_SOURCE_BYTES = 16 * 2**20


def torchscript_network(members: Mapping[str, bytes], name: str) -> Network:
    """The network in a TorchScript archive, whose forward takes one image.

    Raises:
        InputError: when it is none, is damaged, or does more than compute.
    """
    check_source(members, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch deprecates TorchScript; networks in it are still around
            module = torch.jit.load(io.BytesIO(archive_of(members)), map_location="cpu")
    except Exception:  # its reader raises many kinds
        raise InputError(f"{name}: a damaged TorchScript archive, or one of another version of torch") from None
    return Network(module.eval(), name)


def archive_of(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return file.getvalue()


def check_source(members: Mapping[str, bytes], name: str) -> None:
    """Raise :class:`InputError` when the archive's source could do more than compute."""
    sources = [content for member, content in members.items() if member.endswith(SOURCE)]
    if sum(map(len, sources)) > MOST_SOURCE_BYTES:
        raise InputError(f"{name}: its source is longer than {MOST_SOURCE_BYTES:,} bytes")
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise InputError(f"{name}: a damaged TorchScript archive") from None
        roots = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(tree):
            if found := forbidden_name(node, id(node) in roots):
                raise InputError(f"{name}: names {found}, which does more than compute; save the network as ONNX")


def forbidden_name(node: ast.AST, is_root: bool) -> str | None:
    """What a node names that is not allowed, or None; ``is_root`` when an attribute is taken of it."""
    if isinstance(node, ast.Attribute):
        library = node.value.id == "ops" if isinstance(node.value, ast.Name) else False
        if node.attr in FORBIDDEN or (library and node.attr not in ALLOWED_LIBRARIES):
            return node.attr
    if isinstance(node, ast.FunctionDef | ast.Constant) and (
        text := getattr(node, "name", getattr(node, "value", None))
    ):
        return text if isinstance(text, str) and text in FORBIDDEN else None
    if isinstance(node, ast.Name) and node.id in LIBRARY_ROOTS and not is_root:
        return node.id  # under another name it could not be followed
    return None
