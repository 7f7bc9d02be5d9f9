"""Pages as HTML text, in Indonesian or English: Jinja templates, numbers and dates by Babel. Knows no HTTP."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from io import BytesIO

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from jinja2 import Environment, PackageLoader, StrictUndefined

from forms.periods import Quarter
from forms.problems import Language
from scorecards.home import Subdistrict
from scorecards.view import VillageView

LOCALES: dict[Language, str] = {"id": "id", "en": "en_GB"}  # British English: 31 March 2026


@dataclass(frozen=True)
class Links:
    """Where a page leads: `other` is the same page in the other language; None where there is nothing to lead to."""

    other: str
    home: str | None = None
    village: str | None = None
    previous: str | None = None
    next: str | None = None
    json: str | None = None


def render_village(view: VillageView, links: Links, language: Language) -> str:
    return _render("desa.html", language, view=view, links=links)


def render_home(
    subdistricts: Sequence[Subdistrict],
    village_links: dict[str, str],
    quarter: Quarter,
    links: Links,
    language: Language,
) -> str:
    """The list of villages; `village_links` leads from a village's code to its page."""
    return _render(
        "home.html", language, subdistricts=subdistricts, village_links=village_links, quarter=quarter, links=links
    )


def render_error(sentence: str, links: Links, language: Language, *, here: bool = False) -> str:
    """A page that says in one sentence why there is nothing to see, and leads on; `here`: there is such a page."""
    return _render("error.html", language, sentence=sentence, links=links, here=here)


def _render(template: str, language: Language, **values: object) -> str:
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
    made.filters["number"] = lambda value: format_decimal(value, "#,##0", locale=locale)
    made.filters["percent"] = lambda value: _percent(value, locale)
    made.filters["points"] = lambda value: format_decimal(abs(value), "0.0", locale=locale)
    made.filters["day"] = lambda value: format_date(value, "d MMMM y", locale=locale)
    made.filters["months"] = lambda value: _months(value, locale)
    made.filters["label"] = lambda value: value.label_id if language == "id" else value.label_en
    made.globals["css"] = _small_css(_template_text("style.css"))
    return made


def translations(language: Language) -> NullTranslations:
    """The texts of the templates: Indonesian as they are written there, English from the catalogue."""
    if language == "id":
        return NullTranslations()
    binary = BytesIO()
    write_mo(binary, read_po(BytesIO(_template_text("en.po").encode()), locale="en"))
    binary.seek(0)
    return Translations(binary)


def _template_text(name: str) -> str:
    return (resources.files("templates") / name).read_text(encoding="utf-8")


def _percent(value: Decimal | None, locale: str) -> str:
    return "–" if value is None else format_decimal(value, "0.0", locale=locale) + "%"


def _months(quarter: Quarter, locale: str) -> str:
    first: date = quarter.first_day
    return f"{format_date(first, 'MMMM', locale=locale)}–{format_date(quarter.last_day, 'MMMM y', locale=locale)}"


def _small_css(css: str) -> str:
    """The style sheet without comments and needless blanks."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r" ?([{};,>]) ?", r"\1", css).replace(": ", ":").replace(";}", "}").strip()
