"""Its entry point is no module and no object."""
