"""The subcommands of ``semstyle``, one file each."""
