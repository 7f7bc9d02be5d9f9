"""What is asked and what is counted: XLSForms, the indicator workbook, and what they compile to."""
