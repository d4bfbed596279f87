"""Renders of the studio: a queue that tabs share fairly, a process that makes one picture at a time, and their news."""
