"""Forms between check and publishing: kept for a day, and never more than some."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from forms.problems import ProblemError
from server.database.engine import reading, writing
from server.publications import drafts
from tests.support.databases import Databases, ready
from tests.support.station import START, Station, opened, prepared


@pytest.fixture
def station(databases: Databases, tmp_path: Path) -> Iterator[Station]:
    url, tokens = ready(databases, prepared)
    found = opened(url, tmp_path, tokens)
    yield found
    found.engine.dispose()


def kept(station: Station, number: int = 0, **span: float) -> str:
    with writing(station.engine) as connection:
        return drafts.keep(
            connection,
            made_by="ani@desa.id",
            file_name="daftar.xlsx",
            workbook=b"buku %d" % number,
            form=("daftar", "2", "Daftar"),
            xml=b"<h:html/>",
            told=[{"where": "survey!A1"}],
            whole=True,
            files={"kode.csv": b"name"},
            now=START + timedelta(**span),
        )


def test_a_draft_is_what_was_uploaded__with_its_files(station: Station) -> None:
    draft_id = kept(station)

    with reading(station.engine) as connection:
        draft = drafts.find(connection, draft_id)

    assert (draft.workbook, draft.xml, draft.files) == (b"buku 0", b"<h:html/>", {"kode.csv": b"name"})
    assert (draft.form_id, draft.version, draft.title, draft.told) == (
        "daftar",
        "2",
        "Daftar",
        [{"where": "survey!A1"}],
    )


def test_a_draft_goes_after_a_day__with_its_files(station: Station) -> None:
    old = kept(station)
    new = kept(station, hours=25)

    with reading(station.engine) as connection:
        assert drafts.find(connection, new)
        with pytest.raises(ProblemError) as refused:
            drafts.find(connection, old)
    assert refused.value.code == "unknown-draft"
    assert [row["draft_id"] for row in station.rows("form_draft_files")] == [new]


def test_there_are_never_more_than_some_drafts__the_oldest_go(station: Station) -> None:
    ids = [kept(station, number, seconds=number) for number in range(drafts.MOST_DRAFTS + 3)]

    assert {row["id"] for row in station.rows("form_drafts")} == set(ids[3:])
