"""What can go wrong here; each message names the remedy."""


class ExportError(Exception):
    """The export was not written."""


class CopyError(Exception):
    """Nothing was copied; readers keep the publication they had. The message says which, and why."""


class DigestError(Exception):
    """Some subscribers were not told. The message says who, and why."""
