"""Exhibits: choose images, write them with their metadata and page, recreate them."""

from artgan.compat.callable_module import call_as

call_as(__name__, "artgan.api.gallery:gallery")
