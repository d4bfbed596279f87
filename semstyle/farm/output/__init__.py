"""What a run leaves in its output folder: images, records, failures, and the tables that are made of them."""
