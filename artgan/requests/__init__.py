"""Typed requests, one file per verb: every option with its type, default, range and help. Imports nothing heavy."""
