"""The bucket of a soak as its server has it, past everything of semstyle's."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen
from xml.sax.saxutils import unescape

from botocore.config import Config
from botocore.session import Session
from seaweedfs import BUCKET, Seaweedfs

KEY = re.compile(r"<Key>([^<]*)</Key>")
NEXT = re.compile(r"<NextContinuationToken>([^<]*)</NextContinuationToken>")
UPLOAD = re.compile(r"<Upload>")
PATIENCE = 30


@dataclass(frozen=True)
class Listing:
    """How many records and failures there were, at some moment between ``begun`` and ``ended`` (seconds since 1970)."""

    begun: float
    ended: float
    records: int
    failures: int


class Bucket:
    """Reads one folder of the server's bucket without the proxy, and without fsspec.

    Args:
        folder: The prefix of all keys, without a slash at its end.
    """

    def __init__(self, server: Seaweedfs, folder: str) -> None:
        self._folder = folder
        secrets = server.environment
        self._client: Any = Session().create_client(
            "s3",
            region_name=secrets["AWS_DEFAULT_REGION"],
            endpoint_url=server.endpoint,
            aws_access_key_id=secrets["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=secrets["AWS_SECRET_ACCESS_KEY"],
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )

    @property
    def uri(self) -> str:
        return f"s3://{BUCKET}/{self._folder}"

    def names(self, subfolder: str = "") -> list[str]:
        """Return the path in the folder of every object, or of those in a subfolder."""
        prefix = f"{self._folder}/{subfolder}"
        found: list[str] = []
        token: dict[str, str] = {}
        while True:
            page = self._get("list_objects_v2", Prefix=prefix, **token).decode()
            found += [unescape(key)[len(self._folder) + 1 :] for key in KEY.findall(page)]
            following = NEXT.search(page)
            if following is None:
                return found
            token = {"ContinuationToken": unescape(following[1])}

    def listing(self) -> Listing:
        begun = time.time()
        failures, records = len(self.names("failures/")), len(self.names("records/"))
        return Listing(begun, time.time(), records, failures)

    def read(self, path: str) -> bytes | None:
        """Return what an object holds; None when there is none."""
        try:
            return self._get("get_object", Key=f"{self._folder}/{path}")
        except HTTPError as error:
            if error.code == 404:
                return None
            raise

    def unfinished_uploads(self) -> int:
        return len(UPLOAD.findall(self._get("list_multipart_uploads", Prefix=self._folder).decode()))

    def _get(self, operation: str, **parameters: str) -> bytes:
        # botocore would take a millisecond of this machine for each key to read the answer.
        url = self._client.generate_presigned_url(operation, Params={"Bucket": BUCKET, **parameters})
        with urlopen(url, timeout=PATIENCE) as answer:
            content: bytes = answer.read()
        return content
