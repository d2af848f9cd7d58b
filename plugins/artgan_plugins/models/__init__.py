"""First-party models, one file each."""
