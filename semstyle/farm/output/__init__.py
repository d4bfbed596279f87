"""The output folder of a run: images, records, failures, and the tables that are made of them."""
