"""Turns answers into counts, by SQL built from the indicator workbook. Knows no HTTP."""
