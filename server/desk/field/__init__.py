"""Those in the field: phones, regions, and the monthly report."""
