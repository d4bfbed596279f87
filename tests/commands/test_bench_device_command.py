"""``semstyle bench device`` as a user runs it, without a device."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from semstyle.commands.bench import app

SMALL = ["device", "--size", "64", "--phases", "1", "--iterations", "3", "--encoder", "compact"]


def test_a_small_render_is_counted_in_a_table_and_as_json() -> None:
    done = CliRunner().invoke(app, [*SMALL, "--gpu", "l4", "--json"])
    assert done.exit_code == 0, done.output
    table = json.loads(done.stdout)
    assert table["command"] == ("semstyle bench device --size 64 --iterations 3 --phases 1 --encoder compact --gpu L4")
    assert table["figures"]["thousands of operations"] > 1 and table["took"] > 0
    assert "measured ms" not in table["columns"]
    shown = CliRunner().invoke(app, SMALL).stdout
    assert "continuation" in shown and "by the data sheet of H100" in " ".join(shown.split())
