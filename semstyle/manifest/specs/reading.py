"""Reading a spec: from YAML to checked jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from semstyle.manifest.errors import ManifestError
from semstyle.manifest.other_kinds import instead_of_spec
from semstyle.manifest.specs.checks import check_parameters, conditions, ordered_conditions
from semstyle.manifest.specs.document import Jobs, OneJob, SpecJob
from semstyle.manifest.specs.images import NamedImage, named_images
from semstyle.manifest.specs.input_sets import CrossedInputs, InputSets, ListedInputs
from semstyle.manifest.specs.job import CheckedJob
from semstyle.manifest.specs.problems import EXAMPLES, NO_SPEC, first_problem
from semstyle.manifest.specs.settings import Settings, with_settings
from semstyle.manifest.specs.shared import with_shared
from semstyle.manifest.specs.spec import Spec
from semstyle.manifest.specs.variables import filled, hiding, named_variables
from semstyle.manifest.yaml_loader import load_yaml
from semstyle.storage import read_bytes

MOST_SPEC_BYTES = 2 * 2**20
MOST_ROWS = 10_000_000


def read_spec(uri: str, settings: Settings | None = None) -> Spec:
    """Read and check a grid spec.

    Args:
        settings: Parameters that are set in all jobs, in place of what the spec says of them.

    Raises:
        ManifestError: names the file and the key.
        StorageError: when it cannot be read, or a folder in it cannot be listed.
    """
    document = read_document(uri)
    variables = named_variables(document, uri)
    with hiding(variables):
        jobs = read_jobs(filled(document, variables, uri), settings or {}, uri)
    spec = Spec(uri, jobs, variables, settings or {})
    if spec.row_count > MOST_ROWS:
        raise ManifestError(f"it stands for {spec.row_count:,} rows, and the most is {MOST_ROWS:,}", uri)
    return spec


def read_document(uri: str) -> dict[Any, Any]:
    """Read the YAML of a spec, which is a mapping."""
    data = read_bytes(uri, MOST_SPEC_BYTES)
    try:
        document = load_yaml(data)
    except ValueError as error:
        raise ManifestError(instead_of_spec(data, uri) or str(error), uri) from None
    if not isinstance(document, dict):
        raise ManifestError(instead_of_spec(data, uri) or NO_SPEC, uri)
    return document


def read_jobs(document: Mapping[Any, Any], settings: Settings, uri: str) -> tuple[CheckedJob, ...]:
    try:
        shared = Jobs.model_validate(document) if "jobs" in document else None
        one = OneJob.model_validate(document) if shared is None else None
    except ValidationError as error:
        raise ManifestError(first_problem(error), uri) from None
    finder = ImageFinder(uri)
    if shared is None:
        assert one is not None
        return (checked_job(one, settings, "", finder),)
    check_parameters(shared, "", uri)
    jobs = []
    for index, job in enumerate(shared.jobs):
        check_parameters(job.model_copy(update={"when": {}}), f"jobs[{index}].", uri)
        jobs.append(checked_job(with_shared(job, shared), settings, f"jobs[{index}].", finder))
    return tuple(jobs)


def checked_job(job: SpecJob, settings: Settings, prefix: str, finder: ImageFinder) -> CheckedJob:
    uri = finder.uri
    block = with_settings(job, settings)
    check_parameters(block, prefix, uri)
    exclude = conditions(block.exclude, f"{prefix}exclude", uri)
    when = ordered_conditions(block, prefix, uri)
    return CheckedJob(block, inputs_of(block, prefix, finder), exclude, when, prefix)


class ImageFinder:
    """Finds the images that a spec's patterns match; jobs that share a pattern share what it matches."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._found: dict[tuple[str, str], tuple[NamedImage, ...]] = {}

    def find(self, given: Any, prefix: str, key: str) -> tuple[NamedImage, ...]:
        known = (key, repr(given))
        if known not in self._found:
            self._found[known] = named_images(given, f"{prefix}{key}", self.uri)
        return self._found[known]


def inputs_of(job: SpecJob, prefix: str, finder: ImageFinder) -> InputSets:
    """Return the sets of inputs of a job.

    Raises:
        ManifestError: when there are none, or they are given in two ways.
    """
    subjects = [key for key in ("contents", "targets") if getattr(job, key) is not None]
    if job.inputs is not None:
        if other := [*(["styles"] if job.styles is not None else []), *subjects]:
            message = f"{prefix}inputs: stands beside {other[0]}; a job has one of them, and two jobs can have both"
            raise ManifestError(message, finder.uri)
        return ListedInputs(job.inputs)
    if job.styles is None:
        if subjects:
            message = f"{prefix}{subjects[0]}: needs styles beside it{EXAMPLES['styles']}"
            raise ManifestError(message, finder.uri)
        message = f"{prefix}inputs: is missing{EXAMPLES['inputs']}"
        raise ManifestError(message, finder.uri)
    if len(subjects) > 1:
        message = f"{prefix}targets: stands beside contents; a job has one of them, and two jobs can have both"
        raise ManifestError(message, finder.uri)
    styles = finder.find(job.styles, prefix, "styles")
    if not subjects:
        return CrossedInputs(styles, None, "")
    key = subjects[0]
    return CrossedInputs(styles, finder.find(getattr(job, key), prefix, key), key.removesuffix("s"))
