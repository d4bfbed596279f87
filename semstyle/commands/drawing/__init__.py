"""Drawing an image in a terminal."""
