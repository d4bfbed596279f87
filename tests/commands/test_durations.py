"""Durations as the commands that plan write them."""

from __future__ import annotations

from semstyle.commands.durations import in_words


def test_durations_are_words_with_their_unit_in_the_right_number() -> None:
    said = [in_words(seconds) for seconds in (0, 0.6, 1.4, 1.6, 119.4, 120, 7200, 3.6e7)]
    assert said[:5] == ["0 seconds", "1 second", "1 second", "2 seconds", "119 seconds"]
    assert said[5:] == ["2 minutes", "2.0 hours", "10,000.0 hours"]
