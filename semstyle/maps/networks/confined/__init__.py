"""A network of a stranger's in a process of its own, which has no files, no network, and only so much memory and time.

``python -m semstyle.maps.networks.confined`` is that process; :mod:`semstyle.maps.networks.process` starts it.
"""
