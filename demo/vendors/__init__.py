"""The vendor APIs of the simulated company, one module per vendor, as the vendors document them.

Each module's docstring lists its routes and fields for the author of a loader. `records` holds what
the vendors know, `faults` makes them fail now and then, `replies` is the little HTTP they share. None
of them knows the loaders.
"""
