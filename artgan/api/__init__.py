"""One file per verb: check what the caller asks for before torch is imported, then do it."""
