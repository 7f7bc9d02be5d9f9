"""Columns that the version in force has and a new one spells wrong: all that they hold would be passed over."""

from __future__ import annotations

from collections.abc import Iterator

from forms.problems import Finding
from forms.xlsform.sheets import XlsForm
from forms.xlsform.workbook import UNKNOWN_COLUMN, is_free, nearest, unknown_name


def misspelled_columns(before: XlsForm, after: XlsForm) -> Iterator[Finding]:
    """A finding for each column that nobody reads and that is nearly spelled like one that is gone."""
    for name, sheet in after.sheets.items():
        gone = {
            header.value
            for column, header in before.sheets[name].columns.items()
            if column not in sheet.columns and not is_free(column)
        }
        for column, header in sheet.columns.items():
            if is_free(column) and not header.value.startswith("_") and (meant := nearest(header.value, gone)):
                yield unknown_name(UNKNOWN_COLUMN, header.where, header.value, meant)
