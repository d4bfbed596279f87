"""The demonstration: its photographs, which other packages carry, its maps and its spec."""
