"""An outside world to load from: a simulated company, its vendors' APIs, and its true figures.

Belongs here: `company` (what happens in it), `vendors` (what their APIs show of that), `truth` (what it
would publish itself). Does not belong here: anything of the warehouse, or its mistakes would agree with it.
"""
