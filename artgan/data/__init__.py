"""The contract of a data set, its preparation into a memory-mapped array, and the feed of batches."""
