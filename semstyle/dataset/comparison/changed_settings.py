"""Which settings differ between two nights as a whole, such as γ halved in every row, and whose values go together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from semstyle.dataset.comparison.rendered import TAGS, Rendered, shown
from semstyle.engine.names import nearest
from semstyle.errors import InputError
from semstyle.report.varying import PARAMETERS

ValueMap = Mapping[Any, Any] | None
"""Value before → value after; None when any value goes with any, as of a tag that names the night."""
SEED = "seed"
MOST_NAMED = 5


def changed_settings(
    before: Sequence[Rendered], after: Sequence[Rendered], across: Collection[str] = ()
) -> tuple[dict[str, ValueMap], list[str]]:
    """Find the settings that differ as a whole: no value of theirs is on both sides.

    Their values go together in order of size (γ 10, 50 with 5, 25), when there are as many on both sides and all are
    numbers, or one each. Seeds go together as far as there are any, since one is as good as another; of tags any value
    goes with any. Otherwise nobody can tell which belong together, and the setting is left as it is, with a remark.

    Args:
        across: Settings that are taken to differ as a whole though they share values.

    Returns:
        The settings by name, and the remarks.
    """
    maps: dict[str, ValueMap] = {}
    remarks = []
    for name in sorted({name for render in (*before, *after) for name in render.settings}):
        values = [{render.settings.get(name) for render in side} for side in (before, after)]
        if values[0] & values[1] and name not in across:
            continue
        if name.startswith(TAGS):
            maps[name] = None
        elif name == SEED or go_in_order(*values):
            maps[name] = dict(zip(*(sorted(side, key=order) for side in values), strict=False))
        else:
            remarks.append(
                f"{name} has the values {listed(values[0])} before and {listed(values[1])} after, none in common: "
                "which of them belong together is not known, so these renders have no partner"
            )
    return maps, remarks


def go_in_order(before: Collection[Any], after: Collection[Any]) -> bool:
    if len(before) != len(after):
        return False
    return len(before) == 1 or all(isinstance(value, int | float) for value in (*before, *after))


def order(value: Any) -> tuple[bool, Any]:
    return value is None, 0 if value is None else value


def listed(values: Collection[Any]) -> str:
    names = sorted(map(shown, values))
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"


def check_names(across: Collection[str], renders: Collection[Rendered]) -> None:
    """Raise :class:`InputError` for a name of no parameter, and of no tag that a render has."""
    tags = {name for render in renders for name in render.settings if name.startswith(TAGS)}
    for name in across:
        if name not in PARAMETERS and name not in tags:
            raise InputError(f"--across {name}: no such parameter{nearest(name, [*PARAMETERS, *sorted(tags)])}")
