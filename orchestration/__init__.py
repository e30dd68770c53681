"""Dagster's room: what runs when, in which order, under which rules, and the command line on top.

Belongs here: the graph, its checks and its policy. Does not belong here: loading, modelling, checking and
publishing; each step calls the room that does it.
"""
