"""Exhibits: choose, write, page, recreate."""

from artgan.compat.callable_module import call_as

call_as(__name__, "artgan.api.gallery:gallery")
