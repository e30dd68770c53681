"""The simulated company: `simulate(Size(...))` gives a `World`, deterministic from its seed and size.

Belongs here: a world that existed before the warehouse did. It imports no other room of the project.
"""

from __future__ import annotations

from demo.company.effects import Effects
from demo.company.size import DAYS_AHEAD, HISTORY_END, Size
from demo.company.surveys import SURVEYS, Survey
from demo.company.world import World, simulate

__all__ = ["DAYS_AHEAD", "HISTORY_END", "SURVEYS", "Effects", "Size", "Survey", "World", "simulate"]
