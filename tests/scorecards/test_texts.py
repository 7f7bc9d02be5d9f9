"""Indonesian and English say the same things: every text of the templates has its English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir

import templates
from templates.rendering import english

FOLDER = Path(templates.__file__).parent
Texts = str | tuple[str, ...]


def in_templates() -> set[Texts]:
    """Every text that the templates mark, as Jinja looks it up."""
    found = extract_from_dir(
        FOLDER,
        method_map=[("**.html", "jinja2.ext:babel_extract")],
        options_map={"**.html": {"trimmed": "true", "silent": "false"}},
    )
    return {message if isinstance(message, str) else tuple(message) for _, _, message, _, _ in found}


def in_english() -> dict[Texts, Message]:
    """Every text that has its English, as Jinja looks it up."""
    return {
        message.id if isinstance(message.id, str) else tuple(message.id): message for message in english() if message.id
    }


def test_english__has_every_text_and_no_other() -> None:
    assert in_templates() == in_english().keys()


@pytest.mark.parametrize("message", in_english().values(), ids=lambda message: str(message.id)[:40])
def test_english__is_written_and_keeps_the_places(message: Message) -> None:
    ids = (message.id,) if isinstance(message.id, str) else message.id
    texts = (message.string,) if isinstance(message.string, str) else message.string
    assert len(texts) == len(ids)
    for text in texts:
        assert text.strip()
        assert set(re.findall(r"%\(\w+\)s|<\w+>", text)) == set(re.findall(r"%\(\w+\)s|<\w+>", ids[0]))


def test_templates__leave_no_words_unmarked() -> None:
    """Letters outside tags, expressions and trans blocks would stay Indonesian in English."""
    for path in sorted(FOLDER.glob("*.html")):
        bare = re.sub(r"{#.*?#}|{%-? *trans.*?endtrans *-?%}|{%.*?%}|{{.*?}}", "", path.read_text(), flags=re.DOTALL)
        words = re.sub(r"<[^>]*>", " ", bare)
        assert set(re.findall(r"[^\W\d_]{2,}", words)) <= {"English", "Bahasa", "Indonesia", "Rp"}, path.name
