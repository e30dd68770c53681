"""A module for each target: the settings that it needs, and how it is written to."""
