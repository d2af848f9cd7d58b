"""First-party trackers, one file each; their libraries are extras."""
