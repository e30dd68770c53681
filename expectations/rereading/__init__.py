"""Intake read a second time: what the loaders received is counted and read again by another hand.

Every other proof begins after a text has been read. Here each file is opened again, its records are counted
by a pass over its bytes, and its values are read by plain Python (`csv`, `json`, `openpyxl`, `datetime`,
`decimal`, `zoneinfo`) under the rules of docs/how-to/load-files.md; the vendors' records are read again from
the payloads. What the loaders made of them has to be the same.

Each load is read again once: in the first refresh that sees it. Of more than `LARGE` rows a sample is read,
chosen by a hash; records are counted all the same.

Belongs here: reading again, and comparing. Does not belong here: what an answer means, or any import from the
loaders, whose mistakes would come along.
"""

from expectations.rereading.differences import Difference
from expectations.rereading.reread import LARGE, Reread, reread

__all__ = ["LARGE", "Difference", "Reread", "reread"]
