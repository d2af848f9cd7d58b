"""What artgan takes in seconds and bytes, and what it is compared with. Run with ``python -m benchmarks``."""
