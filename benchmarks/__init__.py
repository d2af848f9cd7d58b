"""Benchmarks of artgan's time and memory, with baselines to compare with. Run with ``python -m benchmarks``."""
