"""The fast lane: from a received answer to its task without a refresh, by the models of the last refresh.

There is one calculation: the SQL that dbt compiled for the last publication, run again over raw as it was
then and what was received since. `snapshot.py` keeps what that takes, `lane.py` runs it.
"""
