"""Building a manifest from a spec whose pictures are in a folder of the user's, as far as they are there."""

from __future__ import annotations

import dataclasses

from semstyle.demo.inputs import CHECKOUT
from semstyle.errors import InputError
from semstyle.manifest.build import relocated_rows
from semstyle.manifest.specs import Spec, read_spec
from semstyle.manifest.specs.document import InputSet
from semstyle.manifest.specs.input_sets import ListedInputs
from semstyle.manifest.writer import write_manifest
from semstyle.storage import Folder, parent, redact

SPEC = "quality_samples.yaml"


def build_samples(samples_uri: str, manifest_uri: str, spec: str = SPEC) -> int:
    """Write the rows of a spec of which all files are in a folder; returns how many.

    Args:
        samples_uri: The folder, from which the names in the spec start.
        spec: The spec's name in ``manifests/``.

    Raises:
        InputError: when there are no files for a single row.
        StorageError: when something cannot be read or written.
    """
    folder = Folder(samples_uri)
    found = with_files(read_spec(str(CHECKOUT / spec)), folder)
    if not found.jobs:
        raise InputError(
            f"{redact(samples_uri)}: the files of no scene of {spec} are there; name the folder they are in"
        )
    return write_manifest(relocated_rows(found, parent(manifest_uri)), found.columns(), manifest_uri, found.lists())


def with_files(spec: Spec, folder: Folder) -> Spec:
    """Return ``spec`` as if it lay in ``folder``, without the inputs that are not there."""
    jobs = []
    for job in spec.jobs:
        sets = map(job.inputs.__getitem__, range(len(job.inputs)))
        if inputs := [one for one in sets if all(map(folder.exists, files_of(one)))]:
            jobs.append(dataclasses.replace(job, inputs=ListedInputs(inputs)))
    return dataclasses.replace(spec, uri=folder.location(spec.uri.rpartition("/")[2]), jobs=tuple(jobs))


def files_of(inputs: InputSet) -> list[str]:
    """List the files that a set of inputs names."""
    named = (inputs.style, inputs.style_map, inputs.target_map, inputs.content)
    return [path for one in named if one is not None for path in (one if isinstance(one, list) else [one])]
