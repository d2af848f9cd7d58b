"""Sampling, curation, and exhibits: files, metadata, contact sheet and page."""
