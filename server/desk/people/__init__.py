"""Accounts, and who did what."""
