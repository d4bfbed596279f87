"""What a render asks of a device: operations, bytes and arithmetic, counted without one and timed where one is."""
