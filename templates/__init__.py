"""Jinja templates and their translations, kept as package data."""
