"""``python -m semstyle``: the program, where its script is not on the PATH."""

from semstyle.cli import main

main()
