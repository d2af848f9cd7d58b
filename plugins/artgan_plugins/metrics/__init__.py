"""First-party metrics, one per file, computed by torch-fidelity where it supports them."""
