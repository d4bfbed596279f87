"""The doctor checks one by one what a machine needs to render, and says what to do where something is wrong."""
