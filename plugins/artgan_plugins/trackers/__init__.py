"""First-party trackers, one per file; their libraries are optional extras."""
