"""First-party data sets, one per file."""
