"""Support tools: tickets, and whose they are."""
