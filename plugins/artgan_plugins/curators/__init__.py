"""First-party curators, one file each."""
