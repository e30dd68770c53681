"""The receiver: events that vendors post, durable before they are acknowledged, until a load takes them.

Knows HTTP, signatures and files of lines; knows neither the warehouse nor Dagster, and waits for neither.
"""
