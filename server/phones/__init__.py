"""KPM's phones: their tokens, what is known of them, and what sets up ODK Collect."""
