"""Known answers written into files as wild as people's tools and hands make them.

Belongs here: what was answered (`known`), the ways to write it (`dialects`), the files (`rendering`).
Does not belong here: reading them back, which is the product's.
"""
