"""Do the published statistics keep what they promise? Asked of many simulated companies whose truth is known.

The companies' counts are drawn here and pass through the very SQL that makes the published figures
(`published`); what is then shown is held against what was planted (`coverage`, `discoveries`).
`make simulate` prints the tables that stand in docs/simulation.md.
"""
