"""A company's own folder: what it holds, whether it is in order, and a first one to begin with.

Belongs here: the folder's layout and its release, judging one without loading anything, writing one. Does not
belong here: which folder a run speaks for (`orchestration.environment`), or any figure.
"""
