"""From a run to images: load its model, sample from it, export it."""
