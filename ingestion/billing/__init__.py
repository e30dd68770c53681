"""Billing vendors: one module each."""
