"""Where rates that were measured are kept: a file of JSON for each kind of device, in the user's cache."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from pydantic import ValidationError

from semstyle.cost.built_in_rates import built_in
from semstyle.cost.rates import CostRates, DeviceKind, is_whole
from semstyle.errors import InputError

VARIABLE = "SEMSTYLE_RATES"
"""The environment variable that names another folder for the files."""
MOST_BYTES = 2**20


def rates_folder() -> Path:
    """Return the folder of the files: ``$SEMSTYLE_RATES``, else ``semstyle/rates`` in the user's cache."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen)
    cache = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(cache) if Path(cache).is_absolute() else Path.home() / ".cache") / "semstyle" / "rates"


def rates_path(device: DeviceKind, folder: Path | None = None) -> Path:
    return (folder or rates_folder()) / f"{device}.json"


def rates_for(device: DeviceKind, folder: Path | None = None) -> CostRates:
    """Return the rates that were measured for a kind of device, else those that are built in.

    A file that is damaged, or in whose quantities this version does not count, counts as none: no run ends for it.
    """
    path = rates_path(device, folder)
    try:
        rates = CostRates.model_validate_json(path.read_bytes()) if path.stat().st_size <= MOST_BYTES else None
    except (OSError, ValidationError):
        rates = None
    return rates if rates and is_whole(rates) and rates.device == device else built_in(device)


def store_rates(rates: CostRates, folder: Path | None = None) -> Path:
    """Write the file of a kind of device, whole or not at all; returns its path.

    Raises:
        InputError: when it cannot be written.
    """
    path = rates_path(rates.device, folder)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False) as file:
            try:
                file.write(rates.model_dump_json(indent=2) + "\n")
                file.flush()
                Path(file.name).replace(path)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    Path(file.name).unlink()
    except OSError as error:
        raise InputError(f"{path}: rates cannot be stored here ({error.strerror}); choose --rates FOLDER") from error
    return path
