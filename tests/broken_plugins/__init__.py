"""Plugins that are broken, each in its own way; tests/test_isolation.py installs them all together."""
