"""Files, paths, processes, memory and text: helpers that know nothing about GANs."""
