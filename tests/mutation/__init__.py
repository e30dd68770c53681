"""The mutation harness: careless changes of what defines the number, and which check stops each.

`catalogue/` says what is changed, `refreshing` plays a refresh, `worker` plays one for each change in a
process of its own, `report` says what came of it. Nothing here is imported by the project.
"""
