"""Running a stranger's network in a process of its own, without files or connections, and with limited memory and time.

``python -m semstyle.maps.networks.confined`` is that process; :mod:`semstyle.maps.networks.process` starts it.
"""
