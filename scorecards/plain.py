"""A card as plain text, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forms.problems import Language
from scorecards.sources import Card, IndicatorLabel

_HEADINGS: dict[Language, tuple[str, str, str, str]] = {
    "id": ("Ibu hamil", "Anak 0-23 bulan", "Semua", "data sampai"),
    "en": ("Pregnant women", "Children 0-23 months", "Together", "data up to"),
}
_FUNDS: dict[Language, dict[str, str]] = {
    "id": {
        "pembangunan": "Bidang Pembangunan Desa (Rp)",
        "pemberdayaan": "Bidang Pemberdayaan Masyarakat Desa (Rp)",
        "": "Dana Desa (Rp)",
        "stunting": "untuk pencegahan stunting",
        "spent": "sudah dibelanjakan",
    },
    "en": {
        "pembangunan": "Village development (Rp)",
        "pemberdayaan": "Community empowerment (Rp)",
        "": "Village funds (Rp)",
        "stunting": "for stunting prevention",
        "spent": "spent so far",
    },
}


def plain_card(card: Card, labels: Sequence[IndicatorLabel], language: Language) -> str:
    """Table 3 and the levels of convergence (table 4), a line each: received/due and percent; then table 5."""
    mothers, children, together, up_to = _HEADINGS[language]
    names = {label.code: label.label_id if language == "id" else label.label_en for label in labels}
    lines = [f"{card['village']['name']} ({card['village']['code']}) {card['period']}, {up_to} {card['as_of']}"]
    lines += [_line(row["code"], names.get(row["code"], ""), row) for row in card["table3"]]
    levels = card["table4"]
    for name, heading in (("pregnant", mothers), ("children", children), ("total", together)):
        lines.append(_line("", heading, levels[name]))
    words = _FUNDS[language]
    for field, row in (*card["table5_fields"].items(), ("", card["table5"])):
        lines += [
            _amount(words[field], row["allocated_total"]),
            _amount(f"  {words['stunting']}", row["allocated_stunting"], row["percent"] or "-"),
            _amount(f"  {words['spent']}", row["spent"]),
        ]
    return "\n".join(lines)


def _amount(name: str, rupiah: int, percent: str = "") -> str:
    return f"      {name:<52} {rupiah:>19} {percent:>6}".rstrip()


def _line(code: str, name: str, counts: Mapping[str, object]) -> str:
    share = f"{counts['received']}/{counts['due']}"
    return f"{code:>4}  {name[:60]:<60} {share:>11} {counts['percent'] or '-':>6}"
