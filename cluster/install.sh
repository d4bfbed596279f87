#!/bin/sh
# The steps by which the image is made (cluster/Dockerfile), for any other machine too. From the repository root:
#     cluster/install.sh dependencies TARGET       a virtual environment with all that semstyle needs, at tested versions
#     cluster/install.sh package TARGET            semstyle itself, as a wheel: the environment does not need this folder
#     cluster/install.sh weights TARGET W [SHA]    W: nothing, vgg19, or the URI of a file of weights, of this SHA-256
# PYTHON names another python3 to begin with; PIP_* are pip's own variables.
set -eu

step=${1:?dependencies, package or weights}
target=${2:?a folder for the virtual environment}
python=$target/bin/python

case $step in
dependencies)
    "${PYTHON:-python3}" -m venv "$target"
    names=$(mktemp)
    trap 'rm -f "$names"' EXIT
    # [demo] carries the photographs of jobs/nightly.py's own renders; [onnx] reads networks that make maps; a head on
    # AWS or Google Cloud starts other nodes with [clouds].
    "$python" - > "$names" <<'PYTHON'
import tomllib

with open("pyproject.toml", "rb") as file:
    project = tomllib.load(file)["project"]
extras = project["optional-dependencies"]
print(*project["dependencies"], *extras["demo"], *extras["onnx"], *extras["clouds"], sep="\n")
PYTHON
    "$python" -m pip install --no-cache-dir --disable-pip-version-check --constraint constraints.txt --requirement "$names"
    ;;
package)
    "$python" -m pip install --no-cache-dir --disable-pip-version-check --no-deps .
    ;;
weights)
    mkdir -p "$target/torch" "$target/weights"
    [ -n "${3-}" ] || exit 0
    # Loaded once here, so that a file that is none of weights ends the build and not the first render.
    TORCH_HOME=$target/torch "$python" - "$target/weights" "$3" "${4-}" <<'PYTHON'
import shutil
import sys
from pathlib import Path

from semstyle.engine.encoders.loading import load_encoder
from semstyle.storage import local_path

folder, name, sha256 = sys.argv[1:]
if name == "vgg19":
    load_encoder(name)
else:
    stored = Path(folder, name.rpartition("/")[2])
    with local_path(name) as fetched:
        shutil.copyfile(fetched, stored)
    load_encoder(str(stored), sha256=sha256 or None)
    print(f"encoder={stored}")
PYTHON
    ;;
*)
    echo "cluster/install.sh: $step is no step; dependencies, package or weights" >&2
    exit 2
    ;;
esac
