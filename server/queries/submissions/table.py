"""All submissions as a long list: of a region, by state, form, phone, day and words. The database sorts and cuts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select, tuple_

from forms.problems import Language
from forms.region_names import bare
from server.database.paging import Page, Paging
from server.database.tables import attachments, instance_ids, phones, regions, submissions
from server.queries.compare import form_day, instance_name
from server.queries.history import form_titles, phone_names
from server.queries.submissions.returned import is_open
from server.submissions.review import APPROVED
from server.submissions.version_log import REJECTED
from server.villages.regions import NATION, VILLAGE_DOTS, dots_in, is_village_code, lies_in, listed_names
from server.villages.regions import counts as counts_in

_STATE, _REVIEW = submissions.c.state, submissions.c.review
# What can be asked for, what waits for somebody first: by how people call it, what it is in the database.
STATES: Mapping[str, ColumnElement[bool]] = {
    "menunggu": and_(submissions.c.problem.is_not(None), _STATE == "waiting"),
    "karantina": and_(submissions.c.problem.is_not(None), _STATE == "quarantined"),
    "dikembalikan": is_open(),
    "sebagian": and_(submissions.c.problem.is_not(None), _STATE == "accepted"),
    "diolah": _STATE == "received",
    "ditolak": _REVIEW == REJECTED,
    "ditinjau": and_(_REVIEW == APPROVED, _STATE == "accepted"),
    "diterima": _STATE == "accepted",
    "diganti": _STATE == "replaced",
}
# Those of them that wait for somebody, and are counted for every page.
WAITING = ("menunggu", "karantina", "dikembalikan", "diolah")
SORTS = {"diterima": submissions.c.received_at, "desa": submissions.c.village_id}
# Villages and phones whose name holds what is searched for: more than these, and nobody has searched for one.
MOST_PLACES = 200
_IMAGES = attachments.c.content_type.like("image/%")
PORTION = 500  # bodies that are in memory together
# Of so few photos all are read first, else each submission is asked whether it has one.
FEW_PHOTOS = 2000
_KEY = (submissions.c.village_id, submissions.c.sha256)
_CAME_WITH = and_(attachments.c.village_id == _KEY[0], attachments.c.submission_sha256 == _KEY[1], _IMAGES)
_PHOTOS = select(func.count()).select_from(attachments).where(_CAME_WITH).correlate(submissions).scalar_subquery()
_NAMES = ("village_id", "sha256", "seq", "received_at", "form_id", "phone", "state", "review", "detail", "instance_id")
_COLUMNS = [submissions.c[name] for name in (*_NAMES, "body")]


@dataclass(frozen=True)
class Asked:
    """What is looked for. Blank is everything, as None is for the moments from and before which something came, and for
    `marked`: what else holds of a submission (marks.py)."""

    region: str
    state: str = ""
    form_id: str = ""
    words: str = ""
    phone: str = ""
    since: datetime | None = None
    before: datetime | None = None
    with_problem: bool = False
    with_photos: bool = False
    marked: ColumnElement[bool] | None = None


@dataclass(frozen=True)
class Listed:
    """One submission in the list. `kind` is one of STATES; `reason`: why it does not count, or not wholly, blank where
    nothing is wrong. `seq` is None until it is processed. `day`: that which the form speaks of, None where it has none.
    `name`: what the phone called it, which may name people; blank where that was not asked for."""

    village_id: str
    village: str
    sha256: str
    seq: int | None
    received_at: datetime
    form: str
    sender: str
    kind: str
    reason: str
    photos: int
    instance_id: str
    day: date | None
    name: str

    @property
    def key(self) -> tuple[str, int] | None:
        """What answer tables know it by; None until it is processed."""
        return None if self.seq is None else (self.village_id, self.seq)


def find(
    connection: Connection,
    asked: Asked,
    paging: Paging,
    language: Language,
    forms: Mapping[str, str],
    *,
    named: bool = False,
) -> Page[Listed]:
    """The submissions that are asked for. `forms`: the titles of all, by id. `named`: with what the phones call them,
    without the village, which the page names already, and searched by those names as well: of one village alone."""
    # Cut by itself: to sort thousands, the database would read all of each.
    cut = paging.cut(select(*_KEY).where(*conditions(connection, asked, named=named)), SORTS, *_KEY).subquery()
    query = select(*_COLUMNS, is_open().label("sent_back"), _PHOTOS.label("photos")).join_from(
        cut, submissions, and_(_KEY[0] == cut.c.village_id, _KEY[1] == cut.c.sha256)
    )
    rows = connection.execute(paging.sorted(query, SORTS, *_KEY)).all()
    names = phone_names(connection, {(row.village_id, row.phone) for row in rows})
    villages = {} if named else listed_names(connection, {row.village_id for row in rows})
    return paging.of(
        [
            Listed(
                village_id=row.village_id,
                village=bare(villages.get(row.village_id, [row.village_id])[0]),
                sha256=row.sha256,
                seq=row.seq,
                received_at=row.received_at,
                form=forms.get(row.form_id, row.form_id or ""),
                sender=names.get(row.phone, ""),
                kind=kind_of(row.state, row.review, sent_back=row.sent_back, problem=bool(row.detail)),
                reason=in_language(row.detail or "", language),
                photos=row.photos,
                instance_id=row.instance_id or "",
                day=form_day(bytes(row.body)),
                name=instance_name(bytes(row.body)) if named else "",
            )
            for row in rows
        ]
    )


def kind_of(state: str, review: str | None, *, sent_back: bool, problem: bool) -> str:
    """The one of STATES that says most about a submission."""
    if review == REJECTED:
        return "ditolak"
    if sent_back:
        return "dikembalikan"
    known = {"received": "diolah", "quarantined": "karantina", "waiting": "menunggu", "replaced": "diganti"}
    if state in known:
        return known[state]
    return "sebagian" if problem else "ditinjau" if review == APPROVED else "diterima"


def in_language(detail: str, language: Language) -> str:
    """What is kept of a problem says it in Indonesian, then in as many lines in English."""
    lines = detail.split("\n")
    half = len(lines) // 2
    return " ".join(lines[:half] if language == "id" else lines[half:])


def counts(connection: Connection, region: str, since: datetime) -> dict[str, int]:
    """How many submissions of the region stand in each state of WAITING, and how many of those that came since then
    count (`diterima`)."""
    here = within(region)
    trouble = select(_STATE, func.count()).where(here, submissions.c.problem.is_not(None)).group_by(_STATE)
    by_state = {row[0]: row[1] for row in connection.execute(trouble)}
    came = select(func.count()).where(here, submissions.c.received_at >= since, STATES["diterima"])
    return {
        "menunggu": by_state.get("waiting", 0),
        "karantina": by_state.get("quarantined", 0),
        "dikembalikan": connection.execute(select(func.count()).where(here, is_open())).scalar_one(),
        "diolah": connection.execute(select(func.count()).where(here, STATES["diolah"])).scalar_one(),
        "diterima": connection.execute(came).scalar_one(),
    }


def in_quarantine(connection: Connection, region: str) -> dict[str, int]:
    """How many submissions are in quarantine, by the villages of the region in which any is."""
    wanted = select(submissions.c.village_id, func.count()).where(within(region), STATES["karantina"])
    grouped = wanted.group_by(submissions.c.village_id).order_by(submissions.c.village_id)
    return {row[0]: row[1] for row in connection.execute(grouped)}


def within(region: str) -> ColumnElement[bool]:
    """Whether a submission is of the region; one of a practice village is of that village alone."""
    village = submissions.c.village_id
    if is_village_code(region):
        return village == region
    real = counts_in(village)
    return real if region == NATION else and_(village.startswith(f"{region}.", autoescape=True), real)


def forms_of(connection: Connection) -> dict[str, str]:
    """The titles of all forms, by their ids, in the order of the titles."""
    return dict(sorted(form_titles(connection).items(), key=lambda one: one[1].casefold()))


def choices_of_region(connection: Connection, own: str, chosen: str) -> list[tuple[str, str]]:
    """Where to go from the chosen region within one's own: what it lies in, itself, and what lies directly in it; each
    as (code, name with the word that goes before it)."""
    above = [own, *(code for code in _and_above(chosen) if code.startswith(f"{own}.") or own == NATION)]
    below = _directly_in(chosen) if not is_village_code(chosen) else regions.c.code == chosen
    wanted = select(regions).where(or_(regions.c.code.in_(above), below)).order_by(regions.c.code)
    return [(row.code, row.name) for row in connection.execute(wanted)]


def _and_above(code: str) -> list[str]:
    parts = code.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _directly_in(code: str) -> ColumnElement[bool]:
    dots = dots_in(regions.c.code)
    if code == NATION:
        return dots == 0
    return and_(regions.c.code.startswith(f"{code}.", autoescape=True), dots == code.count(".") + 1)


def conditions(connection: Connection, asked: Asked, *, named: bool = False) -> Iterable[ColumnElement[bool]]:
    """What holds of the submissions that are asked for; `named` as in `find`."""
    if asked.state in STATES:
        yield STATES[asked.state]
    if asked.form_id:
        yield submissions.c.form_id == asked.form_id
    if asked.since is not None:
        yield submissions.c.received_at >= asked.since
    if asked.before is not None:
        yield submissions.c.received_at < asked.before
    if asked.with_problem:
        yield submissions.c.problem.is_not(None)
    if asked.marked is not None:
        yield asked.marked
    if asked.with_photos:
        yield _with_photos(connection)
    if asked.phone:
        yield _sent_by(_phones_called(connection, asked.region, asked.phone))
    if asked.words:
        fits = _matching(connection, asked)
        yield or_(fits, submissions.c.sha256.in_(_called_so(connection, asked))) if named else fits
    yield within(asked.region)


def _with_photos(connection: Connection) -> ColumnElement[bool]:
    theirs = (attachments.c.village_id, attachments.c.submission_sha256)
    some = select(*theirs).where(_IMAGES)
    count = select(func.count()).select_from(some.limit(FEW_PHOTOS + 1).subquery())
    if connection.execute(count).scalar_one() <= FEW_PHOTOS:
        return tuple_(*_KEY).in_(some)
    return exists().where(_CAME_WITH)


def _matching(connection: Connection, asked: Asked) -> ColumnElement[bool]:
    """By the instanceID, or by a village's or a phone's name: looked up first, so that only their villages are read.
    Who holds an instanceID is noted when it is processed."""
    ids = [asked.words, f"uuid:{asked.words}"]
    holders = select(instance_ids.c.village_id).where(instance_ids.c.instance_id.in_(ids))
    unprocessed = select(submissions.c.village_id).where(
        within(asked.region), submissions.c.state == "received", submissions.c.instance_id.in_(ids)
    )
    held_in = [*connection.execute(holders).scalars(), *connection.execute(unprocessed).scalars()]
    called = submissions.c.instance_id.in_(ids) | submissions.c.root_instance_id.in_(ids)
    return or_(
        submissions.c.village_id.in_(_villages_called(connection, asked.region, asked.words)),
        _sent_by(_phones_called(connection, asked.region, asked.words)),
        and_(submissions.c.village_id.in_(held_in), called),
    )


def _called_so(connection: Connection, asked: Asked) -> list[str]:
    """The submissions of the village whose names hold the words: those are in the bodies alone."""
    words, all_here = asked.words.casefold(), select(submissions.c.sha256, submissions.c.body)
    rows = connection.execute(all_here.where(within(asked.region)), execution_options={"yield_per": PORTION})
    return [row.sha256 for row in rows if words in instance_name(bytes(row.body)).casefold()]


def _villages_called(connection: Connection, region: str, words: str) -> list[str]:
    is_village = dots_in(regions.c.code) == VILLAGE_DOTS
    wanted = select(regions.c.code).where(lies_in(region, regions.c.code), is_village)
    return list(connection.execute(_called(wanted, regions.c.name, words)).scalars())


def _phones_called(connection: Connection, region: str, words: str) -> list[Row[Any]]:
    wanted = select(phones.c.token_sha256, phones.c.village_id).where(lies_in(region, phones.c.village_id))
    return list(connection.execute(_called(wanted, phones.c.name, words)).all())


def _called(wanted: Select[Any], name: ColumnElement[str], words: str) -> Select[Any]:
    return wanted.where(func.lower(name).contains(words.lower(), autoescape=True)).limit(MOST_PLACES)


def _sent_by(found: Iterable[Row[tuple[str, str]]]) -> ColumnElement[bool]:
    tokens, villages = {row.token_sha256 for row in found}, {row.village_id for row in found}
    return and_(submissions.c.village_id.in_(sorted(villages)), submissions.c.phone.in_(sorted(tokens)))
