"""Workarounds for other libraries: one module each, with its reason, its tests and the versions it works with.

- :mod:`.adam`: Adam without the wrappers through which torch imports its compiler.
- :mod:`.lightning`: Lightning Fabric, imported without that compiler, and without a setting that it leaves behind.
- :mod:`.cpu_convolutions`: faster convolutions on CPUs, put in place by exchanging the class of torch's layers.
- :mod:`.typer_values`: Typer's parameters without pydantic where nothing needs it.
- :mod:`.callable_module`: a package that can be called, by exchanging the class of its module.

Each module lists the versions its tests have passed with in ``TESTED``; the tests are in ``tests/compat``. When a new
version comes out, run them with it and add it, or remove a workaround that is no longer needed.
"""
