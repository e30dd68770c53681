"""What can go wrong here; each message names the remedy."""


class ExportError(Exception):
    """The export was not written."""
