"""Benchmarks: ratios measured in one run, against plain references and the machine's own floor."""
