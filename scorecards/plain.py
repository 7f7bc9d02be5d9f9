"""A card as plain text, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forms.problems import Language
from scorecards.sources import Card, IndicatorLabel

_HEADINGS: dict[Language, tuple[str, str, str, str]] = {
    "id": ("Ibu hamil", "Anak 0-23 bulan", "Semua", "data sampai"),
    "en": ("Pregnant women", "Children 0-23 months", "Together", "data up to"),
}


def plain_card(card: Card, labels: Sequence[IndicatorLabel], language: Language) -> str:
    """Table 3 and the levels of convergence (table 4), a line each: received/due and percent."""
    mothers, children, together, up_to = _HEADINGS[language]
    names = {label.code: label.label_id if language == "id" else label.label_en for label in labels}
    lines = [f"{card['village']['name']} ({card['village']['code']}) {card['period']}, {up_to} {card['as_of']}"]
    lines += [_line(row["code"], names.get(row["code"], ""), row) for row in card["table3"]]
    levels = card["table4"]
    for name, heading in (("pregnant", mothers), ("children", children), ("total", together)):
        lines.append(_line("", heading, levels[name]))
    return "\n".join(lines)


def _line(code: str, name: str, counts: Mapping[str, object]) -> str:
    share = f"{counts['received']}/{counts['due']}"
    return f"{code:>4}  {name[:60]:<60} {share:>11} {counts['percent'] or '-':>6}"
