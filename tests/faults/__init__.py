"""Each fault at each vendor: once it has passed, raw holds what it would hold without it.

Belongs here: the faults, what the tests know of each vendor, and the table they make (`docs/faults.md`). Does
not belong here: how a vendor is made to fail (`demo/vendors/faults.py`), or what one vendor alone does.
"""
