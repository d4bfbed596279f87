"""Image analogies: a picture put together from the style's pixels, without a network (Hertzmann et al. 2001)."""
