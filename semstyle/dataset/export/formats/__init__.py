"""The files of a data set: one module for each format, and what all of them write of a render."""
