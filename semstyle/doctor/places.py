"""This module checks the cluster and the storage that were asked about."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from semstyle.doctor.finding import Finding, ill, note, well
from semstyle.errors import SemstyleError
from semstyle.farm.driver.cluster import LOCAL, check_address, cluster_address
from semstyle.farm.driver.head import require_head
from semstyle.farm.driver.own_ray import check_folder
from semstyle.storage import Folder, redact, require_conditional_writes

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
OTHER_SOURCES = ("AWS_PROFILE", "AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_WEB_IDENTITY_TOKEN_FILE")


def look_at_cluster(address: str | None) -> Iterator[Finding]:
    """Check whether a Ray head answers at ``address``, or a cluster of our own can be started here."""
    chosen = cluster_address(address)
    try:
        check_address(chosen)
        if chosen == LOCAL:
            check_folder()
            yield well("cluster", "a Ray of our own would be started here; --address looks at another")
        else:
            require_head(chosen)
            yield well("cluster", f"a head answers at {chosen}")
    except SemstyleError as error:
        yield ill("cluster", str(error), "")


def look_at_storage(out: str | None) -> Iterator[Finding]:
    """Check whether files can be written, created once, read and removed at ``out``, and where keys would come from."""
    yield look_at_credentials()
    if out is None:
        return
    folder = Folder(out)
    name = f"doctor-{uuid.uuid4().hex}"
    try:
        require_conditional_writes(folder, name)
        folder.create(name, b"semstyle")
        found = folder.read(name)
        folder.delete(name)
    except SemstyleError as error:
        yield ill("storage", str(error), "")
        return
    if found != b"semstyle":
        yield ill("storage", f"{redact(out)}: what was written is not what is read", "find out what is in between")
    else:
        yield well("storage", f"{redact(out)}: files can be created once, read and removed")


def look_at_credentials() -> Finding:
    """Name the places that keys come from, but never a key."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    server = f"; the server is {redact(endpoint)}" if endpoint else ""
    given = [name for name in KEYS if os.environ.get(name)]
    if len(given) == 1:
        (missing,) = set(KEYS) - set(given)
        return ill("credentials", f"{given[0]} is set and {missing} is not{server}", f"set {missing} too")
    if given:
        return well("credentials", f"for S3, from {' and '.join(given)}{server}")
    others = [name for name in OTHER_SOURCES if os.environ.get(name)]
    if (Path.home() / ".aws" / "credentials").exists():
        others.append("~/.aws/credentials")
    if others:
        return well("credentials", f"for S3, from {', '.join(others)}{server}")
    return note("credentials", f"none for S3{server}", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to use s3://")
