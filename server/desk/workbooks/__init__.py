"""Forms and rules, as workbooks that are edited in Excel."""
