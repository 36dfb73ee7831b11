"""What the benchmarks share: files to drop, a sink to push to, and a stopwatch for whole processes."""
