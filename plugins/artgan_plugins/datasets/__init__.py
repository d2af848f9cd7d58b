"""First-party data sets, one file each."""
