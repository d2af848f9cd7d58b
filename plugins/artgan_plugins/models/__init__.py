"""First-party models, one per file."""
