"""Attacks on what docs/reliability.md promises. Each module is a command: ``python -m tests.attacks.kills --help``."""
