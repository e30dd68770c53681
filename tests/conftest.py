"""The company whose definition all tests judge by, unless one names another."""

from tests.companies import speak_for_verdant

# At once and not in a fixture: modules of tests are imported, and some read the definition, before any runs.
speak_for_verdant()
