"""Loading the encoder that a row asks for, from wherever its weights are."""

from __future__ import annotations

import functools

from semstyle.engine import Encoder, Parameters, encoder_of
from semstyle.engine.encoders.weight_files import MOST_BYTES
from semstyle.engine.named_encoders import is_named
from semstyle.manifest.inputs import EVERYWHERE
from semstyle.storage import AllowList, file_version, local_path


def encoder_for(parameters: Parameters, allow: AllowList = EVERYWHERE) -> Encoder:
    """Return the encoder that ``parameters`` ask for; it is loaded once per process.

    Args:
        allow: Where weights may come from.

    Raises:
        StorageError: when its URI cannot be read.
        InputError: when the file there is not an encoder's.
    """
    if not parameters.traits.needs_encoder or is_named(parameters.encoder):
        return encoder_of(parameters)
    version = file_version(parameters.encoder, allow)
    return fetched_encoder(parameters.encoder, version, parameters.pooling, parameters.precision, allow)


@functools.lru_cache(maxsize=2)
def fetched_encoder(uri: str, version: str, pooling: str, precision: str, allow: AllowList) -> Encoder:
    """Return the encoder at ``uri``; as a part of the cache's key, ``version`` lets changed weights be loaded anew."""
    with local_path(uri, allow, MOST_BYTES) as path:
        return encoder_of(Parameters(encoder=str(path), pooling=pooling, precision=precision))
