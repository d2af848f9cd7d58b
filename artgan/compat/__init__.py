"""Workarounds for other libraries: one module each, with its reason, its tests and the versions it was seen to work with.

- :mod:`.adam`: Adam without the wrappers through which torch imports its compiler.
- :mod:`.lightning`: Lightning Fabric, imported without that compiler, and without a setting that it leaves behind.
- :mod:`.cpu_convolutions`: faster convolutions on CPUs, put in place by exchanging the class of torch's layers.
- :mod:`.callable_module`: a package that can be called, by exchanging the class of its module.

Each module names its versions in ``TESTED``; ``tests/compat`` has a test file for each. When a new version comes out, run
these tests with it and add it, or remove what it no longer needs.
"""
