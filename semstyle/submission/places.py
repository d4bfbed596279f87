"""Whether the cluster can reach what a job names."""

from __future__ import annotations

from pathlib import Path

from semstyle.storage import redact, resolve
from semstyle.storage.location import split_scheme
from semstyle.submission.errors import SubmissionError


def reachable(told: str, place: str, is_shared: bool) -> str:
    """Return a manifest or an output folder as the job has to name it.

    A local manifest does not travel with the code: its rows name files by paths, which each worker reads by itself.

    Args:
        told: What to call the place in an error, such as ``--out``.
        is_shared: Whether paths of this machine are the same on the cluster's nodes.

    Raises:
        SubmissionError: for a path that the nodes may not have, and for a URI with a credential in it.
        UriError: when it is no URI.
    """
    uri = resolve(place, str(Path.cwd()))
    refuse_secret(told, uri)
    if split_scheme(uri)[0] == "file" and not is_shared:
        raise SubmissionError(
            f"{told} {place}: a path on this machine, which the cluster may not have; give a URI such as s3://…, or "
            "--shared-paths if the same path leads there from all of its nodes"
        )
    return uri


def refuse_secret(told: str, text: str) -> None:
    """Refuse what would be in the job's command line, which Ray shows and logs, if it looks like a credential.

    Raises:
        SubmissionError: when it does.
    """
    if redact(text) != text:
        raise SubmissionError(
            f"{told} {redact(text)}: this holds a credential, and Ray shows a job's command line; let the cluster's "
            "nodes have it in their environment"
        )
