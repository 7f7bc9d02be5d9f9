"""What the tests of mistakes in XLSForms share: two sheets without fault, and the findings of a form that has some."""

import pytest

from forms.problems import Finding, ProblemError
from forms.xlsform.compiler import compile_form
from tests.support.tables import workbook_bytes

SETTINGS = """
    # settings
    | form_title  | form_id     | version |
    | Peta sosial | peta_sosial | 3       |
"""
QUESTION = """
    # survey
    | type | name | label |
    | text | nama | Nama  |
"""


def mistakes(markdown: str, *, validate: bool = False) -> tuple[Finding, ...]:
    """The findings of the form, which gets good settings where it has none."""
    whole = markdown if "# settings" in markdown else markdown + SETTINGS
    with pytest.raises(ProblemError) as caught:
        compile_form(workbook_bytes(whole), validate=validate)
    return caught.value.findings
