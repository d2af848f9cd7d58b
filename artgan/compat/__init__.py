"""Workarounds for other libraries, each with its reason and the versions it was tested with."""
