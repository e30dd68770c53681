"""CRM vendors: one module each."""
