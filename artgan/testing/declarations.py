"""Declarations of a model: class attributes, and attributes of an instance."""

from torch import nn

from artgan.models.latent_model import LatentModel
from artgan.testing.expect import expect


def check_class(kind: type[LatentModel]) -> None:
    """Check that class attributes have the right types."""
    name = kind.__name__
    expect(isinstance(kind.paper, str), f"{name}.paper is {kind.paper!r}, not a string.")
    expect(isinstance(kind.conditional, bool), f"{name}.conditional is {kind.conditional!r}, not a bool.")
    for attribute in ("default_steps", "default_batch_size"):
        value = getattr(kind, attribute)
        expect(isinstance(value, int) and value > 0, f"{name}.{attribute} is {value!r}, not a positive whole number.")
    expect(
        isinstance(kind.averaged, tuple) and all(isinstance(network, str) for network in kind.averaged),
        f"{name}.averaged is {kind.averaged!r}, not a tuple of network names.",
    )


def check_built(model: LatentModel) -> None:
    """Check that named networks exist, that the latent shape is valid, and that the average's decay is in [0, 1)."""
    name = type(model).__name__
    for network in model.averaged:
        expect(
            isinstance(getattr(model, network, None), nn.Module),
            f"{name}.averaged names '{network}', but the model has no such network.",
        )
    shape = model.latent_shape
    expect(
        isinstance(shape, tuple) and shape and all(isinstance(size, int) and size > 0 for size in shape),
        f"{name}.latent_shape is {shape!r}, not a tuple of positive whole numbers.",
    )
    for images in (1, 512, 100_000):
        decay = model.average_decay(images)
        expect(
            isinstance(decay, float) and 0 <= decay < 1,
            f"{name}.average_decay({images}) is {decay!r}; it should be in [0, 1).",
        )
