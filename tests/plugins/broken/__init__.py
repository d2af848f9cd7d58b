"""Plugins that are broken, each in its own way; tests/plugins/test_isolation.py installs them all together."""
