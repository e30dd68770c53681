"""Survey vendors: one module each."""
