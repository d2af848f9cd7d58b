"""Evaluation of generators: feature extractors, real images to compare with, metrics, near copies, reports."""
