"""First-party metrics, one file each; the arithmetic is torch-fidelity's where it has it."""
