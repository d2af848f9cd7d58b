"""Every hook of artgan. A plugin implements one or more of them and is found through its entry point:

    [project.entry-points.artgan]
    mymodel = "artgan_mymodel"

The entry point may name a module or any object with hook implementations on it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pluggy import HookimplMarker, HookspecMarker

if TYPE_CHECKING:
    from artgan.specs import DatasetSpec, ModelSpec

hookspec = HookspecMarker("artgan")
hookimpl = HookimplMarker("artgan")


@hookspec
def artgan_models() -> "Iterable[ModelSpec]":  # type: ignore[empty-body]
    """Yield the models that this plugin brings.

    Example, the whole of ``artgan_tiny/__init__.py``::

        import artgan

        @artgan.hookimpl
        def artgan_models():
            yield artgan.ModelSpec(
                name="tiny",
                summary="Two small networks, for a start",
                target="artgan_tiny.model:Tiny",  # a subclass of artgan.Model or artgan.GAN
            )
    """


@hookspec
def artgan_datasets() -> "Iterable[DatasetSpec]":  # type: ignore[empty-body]
    """Yield the data sets that this plugin brings.

    Example, the whole of ``artgan_stripes/__init__.py``::

        import artgan

        @artgan.hookimpl
        def artgan_datasets():
            yield artgan.DatasetSpec(
                name="stripes",
                summary="Grey stripes at random angles",
                target="artgan_stripes.data:Stripes",  # a subclass of artgan.Dataset
            )
    """
