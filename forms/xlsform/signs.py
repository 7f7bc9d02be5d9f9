"""Signs that Excel and other programs read in a formula and phones do not, each with the one that phones read."""

from __future__ import annotations

import re

from forms.problems import Finding, Problem
from forms.xlsform.workbook import Cell

FOREIGN_SIGN = Problem(
    "form.sign_foreign",
    400,
    "ODK Collect tidak membaca {signs} dalam rumus. Tulis {instead_id}.",
    "ODK Collect does not read {signs} in an expression. Write {instead_en}.",
    "{write}",
)
OPERATORS = frozenset({"and", "or", "div", "mod"})
STRAIGHT_QUOTES = str.maketrans("‘’“”", "''\"\"")
_WORDS = {word.upper(): word for word in OPERATORS}
_SIGNS = {";": ",", "==": "=", "<>": "!=", "=>": ">=", "=<": "<=", "&&": "and", "||": "or", **_WORDS}
_DECIMAL = re.compile(r"\d+,\d+")
# Texts and references are passed over; brackets are looked at, as a comma in those of a function is none of a number.
_TOKEN = re.compile(
    r"""'[^']*'|"[^"]*"|\$\{[^}]*\}"""
    r"|(?:[A-Za-z_][\w.:-]*\s*)?\(|\)"
    r"|(?<![\w.,])\d+,\d+(?![\w.,])"
    r"|<>|==|=>|=<|&&|\|\||;"
    r"|(?<![\w.-])(?:AND|OR|DIV|MOD)(?![\w.-]|\s*\()"
)


def foreign_signs(cell: Cell) -> Finding | None:
    """None where phones read every sign of the expression."""
    text = cell.value.translate(STRAIGHT_QUOTES)
    found: dict[str, str] = {}
    # Where semicolons part what is in brackets, a comma is that of a number.
    parted = ";" in _TOKEN.findall(text)
    calls: list[bool] = []

    def meant(match: re.Match[str]) -> str:
        sign = match[0]
        if sign.endswith("("):
            calls.append(sign[:-1].strip() not in ("", *OPERATORS))
        elif sign.startswith(")"):
            calls[-1:] = []
        elif sign in _SIGNS:
            found[sign] = _SIGNS[sign]
        elif _DECIMAL.fullmatch(sign) and (parted or not any(calls[-1:])):
            found[sign] = sign.replace(",", ".")
        return found.get(sign, sign)

    write = _TOKEN.sub(meant, text)
    if not found:
        return None
    details = {
        "signs": ", ".join(f"“{sign}”" for sign in found),
        "instead_id": ", ".join(f"“{instead}” untuk “{sign}”" for sign, instead in found.items()),
        "instead_en": ", ".join(f"“{instead}” for “{sign}”" for sign, instead in found.items()),
        "write": write,
    }
    return Finding(FOREIGN_SIGN, cell.where, details)
