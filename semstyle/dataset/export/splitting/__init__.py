"""Which split each render is in, so that no input is in two of them."""
