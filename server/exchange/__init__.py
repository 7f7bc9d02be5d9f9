"""Tables of whole regions out as Excel and CSV, and a village's register in from Excel."""
