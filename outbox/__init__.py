"""The outbox: tasks on their way to a CRM or a webhook, each exactly once, whatever breaks on the way.

Knows a log of lines, HTTP and the targets; knows neither the warehouse nor Dagster, and nobody's comment.
"""
