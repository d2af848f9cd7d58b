"""Move through latent space: interpolate, explore, mix, project."""
