"""First-party losses, one per file."""
