"""Turns counts into what people look at. Knows no SQL."""
