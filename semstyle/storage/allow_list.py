"""Where the inputs of rows may come from, which strangers may have written."""

from __future__ import annotations

from collections.abc import Sequence

from semstyle.storage.errors import UriError
from semstyle.storage.location import WEB_SCHEMES, canonical, split_scheme, web_address, web_host

READ_SCHEMES = {"file", *WEB_SCHEMES, "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oci", "hf", "memory"}
"""The schemes that inputs are read from without being allowed by name: this machine's files, public web servers, and
stores whose servers the operator's settings choose. Archives, caches and lists of references are missing, as they
lead to other files, and so is whatever lets a URI choose the server."""


class AllowList:
    """The URI prefixes that inputs may come from.

    A prefix ends at a folder: ``s3://bucket/in`` allows ``s3://bucket/in/a.png`` and not ``s3://bucket/inner/a.png``.
    Without any, inputs come from everywhere that is public: ``READ_SCHEMES``, and web servers whose address is not
    private. What a prefix names is allowed, private or not. Two lists with the same prefixes are equal.
    """

    def __init__(self, prefixes: Sequence[str] = ()) -> None:
        self.prefixes = tuple(prefixes)
        self.is_trusting = False
        self._canonical = tuple(canonical(prefix) for prefix in prefixes)

    @classmethod
    def trusting(cls) -> AllowList:
        """Return a list that allows everything, for inputs that the user of this very machine has named."""
        everything = cls()
        everything.is_trusting = True
        return everything

    def __repr__(self) -> str:
        return "AllowList.trusting()" if self.is_trusting else f"AllowList({self._canonical!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AllowList) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def check(self, uri: str) -> None:
        """Raise :class:`UriError` when inputs may not come from ``uri``; no server is asked."""
        scheme, _ = split_scheme(uri)
        if scheme in WEB_SCHEMES:
            web_address(uri)
        if self._canonical and not self.allows(uri):
            raise UriError(f"{uri}: not under an allowed prefix ({', '.join(self.prefixes)})")
        if not self._canonical and not self.is_trusting and scheme not in READ_SCHEMES:
            raise UriError(f"{uri}: inputs are not read from {scheme}://, unless --allow-uri names it")

    def allows(self, uri: str) -> bool:
        """Whether ``uri`` is under one of the prefixes, or there are none.

        Raises:
            UriError: for ``..`` outside the disk, and for what is no URI.
        """
        if not self._canonical:
            return True
        name = canonical(uri)
        return any(name == prefix or name.startswith(prefix.rstrip("/") + "/") for prefix in self._canonical)

    def names_host(self, host: str) -> bool:
        """Whether a prefix names this very web host, which may then have a private address."""
        web = [prefix for prefix in self._canonical if prefix.partition("://")[0] in WEB_SCHEMES]
        return host in map(web_host, web)
