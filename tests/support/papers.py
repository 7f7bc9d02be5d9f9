"""Papers for tests that ask for all pages, on behalf of one person after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from server.cards import paper
from server.cards.packs import meetings, poster


@contextmanager
def papers_as_pages() -> Iterator[None]:
    """Until the end of the block a PDF is the page that it would be set from. It shows what is in there and nothing
    else (scorecards/paper/pdf.py), and setting it takes longer than all the rest of the answer."""
    with pytest.MonkeyPatch.context() as patch:
        for asks in (paper, poster, meetings):
            patch.setattr(asks, "make_pdf", str.encode)
        yield
