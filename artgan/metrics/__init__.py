"""What measures a generator."""
