"""Workbooks written as Markdown tables, so that a test shows its input where it uses it.

    # survey
    | type | name | label |
    | text | nama | Nama  |

A line `# name` begins a sheet. Every line that begins with `|` is a row, the first one the column names, so the line
`survey!2` of a message is the second one. `||` alone is an empty row. Other lines mean nothing.
"""

from functools import lru_cache
from io import BytesIO

import openpyxl


@lru_cache(maxsize=100)
def workbook_bytes(markdown: str) -> bytes:
    """The .xlsx file that holds the tables, the same each time. Every cell is text, blank ones are empty."""
    book = openpyxl.Workbook(write_only=True)
    sheet = None
    for line in map(str.strip, markdown.splitlines()):
        if line.startswith("# "):
            sheet = book.create_sheet(line[2:])
        elif line.startswith("|"):
            assert sheet is not None, "a table needs a line `# name of the sheet` above it"
            sheet.append([cell.strip() or None for cell in line[1:].removesuffix("|").split("|")])
    content = BytesIO()
    book.save(content)
    return content.getvalue()
