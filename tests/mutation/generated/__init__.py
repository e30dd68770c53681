"""Mutants that nobody chose: made by sqlglot from the SQL of every model, and from seeds and contracts.

Belongs here: how they are made, which of them meet data, and what became of them. Does not belong here: the
refresh that judges them (`refreshing`, `worker`), or changes that somebody thought of (`catalogue/`).
"""
