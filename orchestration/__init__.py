"""Dagster's room: what runs when, in which order, under which rules, and the command line over it.

Here belong the graph, its checks and its policy. Loading, modelling, judging and publishing do not:
each step calls the room that does it.
"""
