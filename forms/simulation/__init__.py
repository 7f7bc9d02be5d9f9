"""Villages that nobody lives in, and what their phones would send: seeded, clockless, for demos and load tests."""
