"""The guard: the metric's definition stated a second time, independently of the models.

Belongs here: what must be true of raw landings, marts and published tables, and a recount of the score
from raw. Does not belong here: making any of those tables, or reading the seeds' thresholds: what is
stated twice must not come from one place. Changing one side alone stops publication.
"""
