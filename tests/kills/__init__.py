"""A refresh that is killed at any moment, and the refresh after it.

`python -m tests.kills` (or `make kills`) does it a hundred times; what it found is kept, and a run that was
ended goes on from there. Belongs here: killing, and comparing with a refresh that nobody killed. Does not
belong here: what a refresh does.
"""
