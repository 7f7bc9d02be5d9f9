"""Pages as HTML text, in Indonesian or English: Jinja templates, numbers and dates by Babel. Knows no HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from importlib import resources
from io import BytesIO

from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, get_decimal_symbol
from babel.support import NullTranslations, Translations
from jinja2 import Environment, PackageLoader, StrictUndefined

from forms.periods import Quarter
from forms.problems import Language

LOCALES: dict[Language, str] = {"id": "id", "en": "en_GB"}  # British English: 31 March 2026


@dataclass(frozen=True)
class Frame:
    """Where the head of every page leads; None where there is nothing to lead to.

    `other` is the same page in the other language, `home` the list of villages; `who` is the name of the person who is
    logged in, whose own page is `account` and whose way out is `leave`; `enter` is the way in for everybody else.
    `rooms`: the village's pages that this person may see, each as (name, address, whether it is this page). `waiting`:
    how many corrections of the village wait for a decision of this person, and `decide` where it is made; `pairs`: how
    many entries of it may be one, and `decide_pairs` where that is decided. `to_desk` leads to the admin's desk, and
    `desk` are its pages, each as (name, address, whether it is this page).
    """

    other: str
    home: str | None = None
    who: str | None = None
    account: str | None = None
    leave: str | None = None
    enter: str | None = None
    rooms: tuple[tuple[str, str, bool], ...] = ()
    waiting: int = 0
    decide: str | None = None
    pairs: int = 0
    decide_pairs: str | None = None
    to_desk: str | None = None
    desk: tuple[tuple[str, str, bool], ...] = ()


def render(template: str, language: Language, **values: object) -> str:
    """The page of a template with these values; every page needs `links`, a Frame."""
    html = environment(language).get_template(template).render(language=language, **values)
    # Line breaks between tags and indentation are for those who read the templates, not for a phone on 2G.
    return re.sub(r"\n\s+", "\n", re.sub(r">\s*\n\s*<", "><", html))


@cache
def environment(language: Language) -> Environment:
    """The templates with the language's texts, number and date formats; made once a language."""
    made = Environment(
        loader=PackageLoader("templates", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    locale = LOCALES[language]
    # A count that is hidden is a text already.
    made.filters["number"] = lambda value: value if isinstance(value, str) else _decimal(value, "#,##0", locale)
    made.filters["percent"] = lambda value: _percent(value, locale)
    made.filters["rounded"] = lambda value: _decimal(value, "0.0", locale)
    made.filters["points"] = lambda value: _decimal(abs(value), "0.0", locale)
    made.filters["day"] = lambda value: format_date(value, "d MMMM y", locale=locale)
    made.filters["short_day"] = lambda value: format_date(value, "d MMM y", locale=locale)
    made.filters["month_name"] = lambda value: format_date(value, "MMMM", locale=locale)
    made.filters["short_month"] = lambda value: format_date(value, "MMM", locale=locale)
    made.filters["month"] = lambda value: format_date(value, "MMMM y", locale=locale)
    made.filters["measure"] = lambda value: _decimal(value, "0.0#", locale)
    made.filters["typed"] = lambda text: _typed(text, locale)
    made.filters["days_in_words"] = lambda text: _days_in_words(text, locale)
    made.filters["months"] = lambda value: _months(value, locale)
    made.filters["label"] = lambda value: value.label_id if language == "id" else value.label_en
    made.filters["todo"] = lambda value: value.todo_id if language == "id" else value.todo_en
    made.filters["note"] = lambda value: value.note_id if language == "id" else value.note_en
    made.globals["style"] = _small_css
    return made


@cache
def translations(language: Language) -> NullTranslations:
    """The texts of the templates: Indonesian as they are written there, English from the catalogues; read once a
    language."""
    if language == "id":
        return NullTranslations()
    binary = BytesIO()
    write_mo(binary, english())
    binary.seek(0)
    return Translations(binary)


def english() -> Catalog:
    """The English of every text, from all files of templates/texts: one a field of work.

    Raises ValueError where two files say different things for one text.
    """
    merged = Catalog(locale="en")
    for file in sorted((resources.files("templates") / "texts").iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".po"):
            continue
        for message in read_po(BytesIO(file.read_bytes()), locale="en", abort_invalid=True):
            known = merged.get(message.id) if message.id else None
            if known is not None and known.string != message.string:
                raise ValueError(f"{file.name}: {message.id!r} is {known.string!r} in another file")
            merged[message.id] = message
    return merged


# A page shows the same few numbers hundreds of times, and Babel takes some 30 microseconds for each.
@lru_cache(maxsize=8192)
def _decimal(value: Decimal | float, pattern: str, locale: str) -> str:
    return format_decimal(value, pattern, locale=locale)


def _percent(value: Decimal | None, locale: str) -> str:
    return "–" if value is None else _decimal(value, "0.0", locale) + "%"


def _typed(text: str, locale: str) -> str:
    """A number as a phone sends it, 7.90 say, with the language's decimal sign; its digits stay as they were typed.

    Thousands are not parted: a year is a number too. What is no number stays as it is.
    """
    return text.replace(".", get_decimal_symbol(locale)) if re.fullmatch(r"-?\d+\.\d+", text) else text


def _days_in_words(text: str, locale: str) -> str:
    """What a phone calls a filled form, `Kunjungan: Siti 2026-04-20` say, with its days as a page writes them."""
    return re.sub(r"\b\d{4}-\d\d-\d\d\b", lambda found: _day_in_words(found[0], locale), text, flags=re.ASCII)


def _day_in_words(text: str, locale: str) -> str:
    try:
        return format_date(date.fromisoformat(text), "d MMM y", locale=locale)
    except ValueError:  # a number that looks like one
        return text


def _months(quarter: Quarter, locale: str) -> str:
    first: date = quarter.first_day
    return f"{format_date(first, 'MMMM', locale=locale)}–{format_date(quarter.last_day, 'MMMM y', locale=locale)}"


@cache
def _small_css(name: str) -> str:
    """A style sheet without comments and needless blanks."""
    css = (resources.files("templates") / name).read_text(encoding="utf-8")
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r" ?([{};,>]) ?", r"\1", css).replace(": ", ":").replace(";}", "}").strip()
