"""Data sets: their contract, their preparation into memory-mapped arrays, and the feed of batches."""
