"""Long listings in many places at once, on a server's rules with small pages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semstyle.storage import StorageError
from semstyle.storage.s3_listing import s3_names

NAMES = st.sets(st.text("abzAZ019._-~é/", min_size=1, max_size=4).filter(lambda name: "//" not in f"/{name}"))


class Bucket:
    """What ``list_objects_v2`` says of these keys, a few at a time."""

    def __init__(self, keys: set[str], page: int = 3) -> None:
        self.keys, self.page, self.asked = keys, page, 0

    def call_s3(self, method: str, *, Bucket: str, Prefix: str, Delimiter: str, StartAfter: str = "") -> dict[str, Any]:
        assert (method, Bucket, Delimiter) == ("list_objects_v2", "bucket", "/")
        self.asked += 1
        found: dict[str, str] = {}
        for key in sorted(self.keys, key=str.encode):
            if key.startswith(Prefix) and key.encode() > StartAfter.encode():
                name, slash, _ = key[len(Prefix) :].partition("/")
                found.setdefault(Prefix + name + slash, "CommonPrefixes" if slash else "Contents")
        shown = list(found.items())[: self.page]
        return {
            "Contents": [{"Key": key} for key, kind in shown if kind == "Contents"],
            "CommonPrefixes": [{"Prefix": key} for key, kind in shown if kind == "CommonPrefixes"],
            "IsTruncated": len(found) > self.page,
        }


@given(names=NAMES, page=st.integers(1, 5))
def test_every_file_of_the_folder_comes_once(names: set[str], page: int) -> None:
    bucket = Bucket({f"out/records/{name}" for name in names} | {"out/recordsx", "out/status.json"}, page)
    listed = list(s3_names(bucket, "bucket/out/records", "s3://bucket/out/records"))
    assert sorted(listed) == sorted(name for name in names if "/" not in name)


def test_a_short_listing_is_one_request() -> None:
    bucket = Bucket({"records/a", "records/b"})
    assert sorted(s3_names(bucket, "bucket/records", "s3://bucket/records")) == ["a", "b"]
    assert bucket.asked == 1


def test_a_page_that_cannot_be_had_is_an_error_not_a_gap() -> None:
    class Refusing(Bucket):
        def call_s3(self, method: str, **request: str) -> dict[str, Any]:
            if request.get("StartAfter", "") >= "records/b":
                raise PermissionError("no")
            return super().call_s3(method, **request)

    bucket = Refusing({f"records/{letter}" for letter in "abcdef"})
    with pytest.raises(StorageError, match="access is denied"):
        list(s3_names(bucket, "bucket/records", "s3://bucket/records"))
