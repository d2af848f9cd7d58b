"""First-party curators, one per file."""
