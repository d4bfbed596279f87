"""What the benchmarks measured release after release, so that it shows when something becomes slower."""
