"""First-party losses, one file each."""
