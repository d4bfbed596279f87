"""Networks from strangers: nothing of theirs runs unconfined; what is confined reaches neither files nor secrets."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import label_networks
import lying_network
import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from settling import settled
from torch import Tensor

from semstyle.errors import InputError
from semstyle.maps import parse_asked
from semstyle.maps.making import MadeMaps, make_maps
from semstyle.maps.networks import loading, process
from semstyle.maps.networks.confined.torchscript_operations import ALLOWED

IMAGE = torch.linspace(0, 1, 3 * 64 * 96).reshape(3, 64, 96)
SHOWN = IMAGE[None]


def made(path: Path | str) -> MadeMaps:
    loading.read_model.cache_clear()
    return make_maps([IMAGE], IMAGE.flip(2), parse_asked(f"auto:{path}:soft"), torchscript=True)


class Payload:
    """Pickled, it leaves a file where it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (f"open({str(self.path)!r}, 'w')",)


def members_of(archive: bytes) -> tuple[dict[str, bytes], str]:
    """What is in a TorchScript archive, and the name of its source."""
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    return members, next(name for name in members if name.endswith(".py"))


def hidden(source: bytes, coding: bytes) -> bytes:
    """``source`` in which the line that makes a file stands in a comment for whoever obeys the coding line."""
    lines = source.splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines) if b"from_file" in line)
    return b"".join([coding, *lines[:number], b"  # \\\n", *lines[number:]])


def torchscript_files(folder: Path) -> dict[str, tuple[bytes, str]]:
    """Name → what is in the file, and what the one line says. Each tries to write ``ran`` into the folder."""
    payload = pickle.dumps(Payload(folder / "ran"))
    saved = io.BytesIO()
    torch.save({"classifier.4.weight": Payload(folder / "ran")}, saved)
    scripted = {
        name: label_networks.scripted(network, folder / "made.pt").read_bytes()
        for name, network in {
            "writes": label_networks.Writes(str(folder / "ran")),
            "reads": label_networks.Reads(),
            "wakes": label_networks.Wakes(),
            "prints": label_networks.Prints(),
        }.items()
    }
    members, source = members_of(scripted["writes"])

    def with_source(text: bytes) -> bytes:
        return label_networks.archive({**members, source: text})

    return {
        "pickle": (payload, "a pickle"),
        "pickle as weights": (saved.getvalue(), "without a network"),
        "writes a file": (scripted["writes"], "runs aten::from_file, which is not among the operations"),
        "reads a file": (scripted["reads"], "runs image::read_file"),
        "prints": (scripted["prints"], "runs prim::Print"),
        "runs when loaded": (scripted["wakes"], "names __setstate__, which runs when it is loaded"),
        "a coding line": (
            with_source(hidden(members[source], b"# coding: unicode_escape\n")),
            "comments or control characters",
        ),
        "a coding line of another editor": (
            with_source(hidden(members[source], b"# vim: set fileencoding=utf_7 :\n")),
            "comments or control",
        ),
        "a comment": (with_source(hidden(members[source], b"")), "comments or control characters"),
        "not UTF-8": (with_source(members[source] + b"# \xff\n"), "damaged TorchScript"),
        "UTF-16": (with_source(members[source].decode().encode("utf-16")), "damaged TorchScript"),
        "a mark of byte order": (with_source(b"\xef\xbb\xbf" + members[source]), "comments|damaged"),
        "a carriage return": (with_source(members[source].replace(b"\n", b"\r", 1)), "control characters"),
        "a form feed": (with_source(b"\x0c" + members[source]), "control characters"),
        "a line separator": (with_source(members[source] + "'\u2028'\n".encode()), "control characters"),
        "another name for it": (
            with_source(members[source].replace(b"torch.from_file", b"ops.aten.from_file")),
            "runs aten::from_file|damaged",
        ),
        "no Python": (with_source(b"def f(:"), "damaged TorchScript"),
        "nested too deep": (with_source(b"(" * 100_000), "damaged TorchScript"),
        "nested deep enough": (with_source(b"x = " + b"-" * 100_000 + b"1\n"), "damaged TorchScript|memory"),
        "only a name": (label_networks.archive({"a/code/x.py": b""}), "damaged TorchScript"),
        "a pickle inside": (label_networks.archive({"a/code/x.py": b"", "a/data.pkl": payload}), "damaged"),
        "cut short": (scripted["writes"][: len(scripted["writes"]) // 2], "damaged archive"),
    }


def test_torchscript_runs_nothing_but_what_computes_and_gets_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, (content, message) in torchscript_files(tmp_path).items():
        path = tmp_path / "model"
        path.write_bytes(content)
        with pytest.raises(InputError, match=message) as caught:
            made(path)
        assert "\n" not in str(caught.value) and str(path) in str(caught.value), name
        assert not (tmp_path / "ran").exists(), name


def test_the_hidden_line_does_write_where_it_is_not_checked(tmp_path: Path) -> None:
    writes = label_networks.scripted(label_networks.Writes(str(tmp_path / "ran")), tmp_path / "made.pt")
    members, source = members_of(writes.read_bytes())
    hiding = label_networks.archive({**members, source: hidden(members[source], b"# coding: unicode_escape\n")})
    with pytest.warns(FutureWarning, match="deprecated"):
        torch.jit.load(io.BytesIO(hiding))(SHOWN)
    assert (tmp_path / "ran").exists()


def test_a_row_with_torchscript_is_set_aside_unless_the_run_allows_it(folder: Path) -> None:
    label_networks.scripted(label_networks.Colors(), folder / "colors.pt")
    values = {"style": "style.png", "content": "content.png", "style_map": "auto:colors.pt"}
    line = settled(folder, values, (str(folder),))
    assert line is not None
    assert "TorchScript is a program, and is read only with --allow-torchscript; save the network as ONNX" in line


def test_no_operation_on_files_is_on_the_list() -> None:
    words = ("file", "save", "load", "open", "print", "record_function", "rpc", "import")
    assert not [kind for kind in ALLOWED if any(word in kind.lower() for word in words)]
    known = {schema.name for schema in torch._C._jit_get_all_schemas()}
    assert not [kind for kind in ALLOWED if kind.startswith("aten::") and kind not in known], "a name that is none"


def test_a_pickle_as_torchvisions_weights_is_not_run(tmp_path: Path) -> None:
    torch.save({"classifier.4.weight": Payload(tmp_path / "ran")}, tmp_path / "weights.pth")
    with pytest.raises(InputError, match="neither safetensors nor a state dict of tensors"):
        made(f"fcn@{tmp_path / 'weights.pth'}")
    assert not (tmp_path / "ran").exists()


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    source = bytes(2**20)
    with zipfile.ZipFile(tmp_path / "bomb", "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(1025):
            file.writestr(f"a/code/{number}.py", source)
    with pytest.raises(InputError, match="unpacks to more than 1,073,741,824 bytes"):
        made(tmp_path / "bomb")


def model_of(nodes: list[onnx.NodeProto], initializers: list[TensorProto], domain: str = "") -> bytes:
    """ONNX whose output ``classes`` is of the shape that is wanted, whatever the nodes make of ``image``."""
    graph = helper.make_graph(
        nodes,
        "hostile",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("classes", TensorProto.FLOAT, None)],
        initializers,
    )
    imports = [helper.make_opsetid("", 17)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    return bytes(helper.make_model(graph, opset_imports=imports, ir_version=10).SerializeToString())


def outside(name: str, location: str = "/etc/passwd") -> TensorProto:
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    for key, value in {"location": location, "offset": "0", "length": "4"}.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


def endless() -> bytes:
    """Counts to 2⁶³ before it answers."""
    one = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go_on"], ["still"]),
            helper.make_node("Add", ["sum", "one"], ["more"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("number", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sum", TensorProto.FLOAT, [1]),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]),
        ],
    )
    times = helper.make_tensor("times", TensorProto.INT64, [], [2**63 - 1])
    go_on = helper.make_tensor("always", TensorProto.BOOL, [], [True])
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], keepdims=0),
        helper.make_node("Unsqueeze", ["mean", "axis"], ["start"]),
        helper.make_node("Loop", ["times", "always", "start"], ["counted"], body=body),
        helper.make_node("Add", ["image", "counted"], ["classes"]),
    ]
    axis = helper.make_tensor("axis", TensorProto.INT64, [1], [0])
    return model_of(nodes, [one, times, go_on, axis])


def huge_when_run() -> bytes:
    """Asks for 4 TiB when it is given an image."""
    nodes = [
        helper.make_node("Shape", ["image"], ["sides"]),
        helper.make_node("Mul", ["sides", "factor"], ["many"]),
        helper.make_node("ConstantOfShape", ["many"], ["classes"]),
    ]
    return model_of(nodes, [helper.make_tensor("factor", TensorProto.INT64, [1], [2**8])])


def huge_when_read() -> bytes:
    """Asks for 1 TiB when it is loaded, as constants are folded then."""
    nodes = [
        helper.make_node("ConstantOfShape", ["many"], ["huge"]),
        helper.make_node("ReduceMean", ["huge"], ["mean"], keepdims=0),
        helper.make_node("Add", ["image", "mean"], ["classes"]),
    ]
    return model_of(nodes, [helper.make_tensor("many", TensorProto.INT64, [2], [2**19, 2**19])])


def inside_a_branch() -> bytes:
    """Its weights are in another file, in a branch of a branch."""

    def branch(nodes: list[onnx.NodeProto], initializers: list[TensorProto]) -> onnx.GraphProto:
        outputs = [helper.make_tensor_value_info("chosen", TensorProto.FLOAT, None)]
        return helper.make_graph(nodes, "branch", [], outputs, initializers)

    plain = branch([helper.make_node("Identity", ["image"], ["chosen"])], [])
    inner = branch([helper.make_node("Identity", ["secret"], ["chosen"])], [outside("secret")])
    outer = branch([helper.make_node("If", ["yes"], ["chosen"], then_branch=inner, else_branch=plain)], [])
    nodes = [helper.make_node("If", ["yes"], ["classes"], then_branch=outer, else_branch=plain)]
    return model_of(nodes, [helper.make_tensor("yes", TensorProto.BOOL, [], [True])])


def in_a_constant() -> bytes:
    nodes = [helper.make_node("Constant", [], ["secret"], value=outside("value"))]
    return model_of([*nodes, helper.make_node("Add", ["image", "secret"], ["classes"])], [])


def in_a_function() -> bytes:
    constant = helper.make_node("Constant", [], ["secret"], value=outside("value"))
    body = [constant, helper.make_node("Add", ["x", "secret"], ["y"])]
    function = helper.make_function("own", "adds", ["x"], ["y"], body, [helper.make_opsetid("", 17)])
    model = onnx.load_from_string(
        model_of([helper.make_node("adds", ["image"], ["classes"], domain="own")], [], domain="own")
    )
    model.functions.append(function)
    return bytes(model.SerializeToString())


def of_a_runtime() -> bytes:
    nodes = [helper.make_node("Gelu", ["image"], ["classes"], domain="com.microsoft")]
    return model_of(nodes, [], domain="com.microsoft")


ADD_SECRET = [helper.make_node("Add", ["image", "secret"], ["classes"])]
ONNX_FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "data outside": (lambda: label_networks.onnx_with_outside_data("/etc/passwd"), "keeps weights in other files"),
    "data above": (lambda: label_networks.onnx_with_outside_data("../secret"), "keeps weights in other files"),
    "data in memory": (
        lambda: model_of(ADD_SECRET, [outside("secret", "*/_ORT_MEM_ADDR_/*")]),
        "keeps weights in other files",
    ),
    "data outside in a branch": (inside_a_branch, "keeps weights in other files"),
    "data outside in a constant": (in_a_constant, "keeps weights in other files"),
    "data outside in a function": (in_a_function, "keeps weights in other files"),
    "another runtime's operator": (of_a_runtime, "uses com.microsoft::Gelu, which is not one of ONNX's own"),
    "huge when run": (huge_when_run, "needs more memory than a network may have"),
    "huge when read": (huge_when_read, "memory"),
    "other input": (lambda: label_networks.onnx_bytes(channels=4, rank=2), "and not one image"),
    "empty": (lambda: b"", "not a network in ONNX"),
    "text": (lambda: b"hello" * 100, "not a network in ONNX"),
    "image": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "not a network in ONNX"),
}


@pytest.mark.parametrize("case", ONNX_FILES)
def test_onnx_that_is_more_than_a_network_gets_one_line(case: str, tmp_path: Path) -> None:
    make, message = ONNX_FILES[case]
    (tmp_path / "model").write_bytes(make())
    with pytest.raises(InputError, match=message) as caught:
        made(tmp_path / "model")
    assert "\n" not in str(caught.value) and str(tmp_path / "model") in str(caught.value)


def test_a_loop_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "SECONDS", 3)
    (tmp_path / "endless.onnx").write_bytes(endless())
    begun = time.monotonic()
    with pytest.raises(InputError, match="takes longer than the 3 s that a network may take"):
        made(tmp_path / "endless.onnx")
    assert time.monotonic() - begun < 60
    assert not confined_processes(), "its process is gone"


def confined_processes() -> list[Path]:
    """The processes that this one has started for networks, as the system lists them."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if process.PROGRAM in (folder / "cmdline").read_text() and parent == os.getpid():
                found.append(folder)
        except (OSError, ValueError, IndexError):  # no process, or gone by now
            continue
    return found


def test_the_process_of_a_network_has_no_secrets_and_no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted-5up3r")
    with process.confined("onnx", label_networks.onnx_bytes(), "colors.onnx") as network:
        assert network.answer(SHOWN).shape == (4, 64, 96)
        (folder,) = confined_processes()
        assert b"5up3r" not in (folder / "environ").read_bytes()
        limits = (folder / "limits").read_text()
        for name in ("Max open files", "Max file size", "Max core file size"):
            (line,) = [line for line in limits.splitlines() if line.startswith(name)]
            assert line.removeprefix(name).split()[:2] == ["0", "0"], line
        opened = {str(link.readlink()) for link in (folder / "fd").iterdir()}
        assert all(target.startswith(("pipe:", "/dev/null")) for target in opened), opened


ESCAPES = {
    "read": "open('/etc/passwd').read()",
    "write": "open('made', 'w').write('x')",
    "write to what is open": "os.write(mine, b'x' * 10)",
    "list": "os.listdir('/')",
    "remove": "os.unlink('there')",
    "rename": "os.rename('there', 'elsewhere')",
    "make a folder": "os.mkdir('folder')",
    "link": "os.symlink('/etc/passwd', 'link')",
    "run": "os.execv('/bin/true', ['true'])",
    "connect": "socket.create_connection(('127.0.0.1', port))",
    "listen": "socket.socket().bind(('127.0.0.1', 0))",
    "memory": "bytearray(2**30)",
}
PROGRAM = """
import os, socket, sys
from semstyle.maps.networks.confined.confinement import confine
port, mine = int(sys.argv[1]), os.open("mine", os.O_RDWR | os.O_CREAT)
confine(2**28, 60)
for name, escape in {escapes}.items():
    try:
        exec(escape)
        print(name, "worked")
    except (OSError, MemoryError) as error:
        print(name, "failed")
"""


@contextmanager
def socket_server() -> Iterator[int]:
    """A port of this machine that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_confined_process_can_do_nothing_to_the_machine(tmp_path: Path) -> None:
    import py_landlock

    assert py_landlock.get_abi_version() >= 4, "this kernel cannot show it"
    (tmp_path / "there").touch()
    with socket_server() as port:
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(escapes=ESCAPES), str(port)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            check=False,
        )
    assert dict(line.rsplit(" ", 1) for line in ran.stdout.splitlines()) == dict.fromkeys(ESCAPES, "failed"), ran.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "there"]
    assert not (tmp_path / "mine").read_bytes()


@pytest.mark.parametrize("lie", [*lying_network.LIES, "silence"])
def test_a_process_that_was_taken_over_can_only_be_wrong(lie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "PROGRAM", "lying_network")
    monkeypatch.setattr(process, "SECONDS", 2 if lie == "silence" else 60)
    monkeypatch.setenv("OMP_NUM_THREADS", lie)
    with (
        pytest.raises(InputError, match=r"^colors.onnx: ") as caught,
        process.confined("onnx", b"", "colors.onnx") as network,
    ):
        network.answer(SHOWN)
    assert "\n" not in str(caught.value) and "\x1b" not in str(caught.value) and "5up3r" not in str(caught.value)


def test_the_same_network_answers_the_same_in_onnx_and_torchscript(tmp_path: Path) -> None:
    script = label_networks.scripted(label_networks.Colors(), tmp_path / "colors.pt").read_bytes()
    answers: list[Tensor] = []
    for kind, data in {"onnx": label_networks.onnx_bytes(), "torchscript": script}.items():
        with process.confined(kind, data, kind) as network:
            answers.append(torch.from_numpy(network.answer(SHOWN)))
    weights = label_networks.Colors().mix.weight.detach().numpy()[:, :, 0, 0]
    expected = np.einsum("kc,chw->khw", weights, IMAGE.numpy()) + np.array([0, 0, 0, -50])[:, None, None]
    for answer in answers:
        assert np.allclose(answer.numpy(), expected, atol=1e-5)


def test_its_digest_is_checked_before_anything_is_made_of_it(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(endless())
    digest = hashlib.sha256(endless()).hexdigest()
    with pytest.raises(InputError, match=f"sha256 is {digest}"):
        made(f"{tmp_path / 'model'}#sha256={'0' * 64}")
