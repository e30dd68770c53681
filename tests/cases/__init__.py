"""Inputs of kinds that people really send, each with its right value and what the product makes of it.

Belongs here: the cases, a module for each concern, and the page they make (`docs/cases.md`). Does not belong
here: how the product reads or joins, which the tests of its rooms prove.
"""
