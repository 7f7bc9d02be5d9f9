"""One submission: its answers, photos and place, what became of it, and what people find of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, current_app, redirect, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import ProblemError
from server.accounts import audit_log
from server.database.engine import in_turn, reading, writing
from server.http.access import allow, mark_of, user
from server.http.context import backend
from server.http.responses import AGAIN, DECIDERS, asked_language, link, secured, show, with_pictures
from server.queries import compare
from server.queries.compare import Version
from server.queries.history import names_of
from server.queries.submissions import comparison, kept_marks, places, returned
from server.queries.submissions.comparison import Section
from server.queries.submissions.places import Drawing, Household, Point
from server.queries.submissions.table import in_language, kind_of
from server.submissions import attachments, quarantine, review, version_log
from server.submissions.attachments import CameWith
from server.submissions.review import APPROVED, HAS_ISSUES, NOT_REVIEWED
from server.submissions.version_log import REJECTED
from server.villages import regions

pages = Blueprint("desk_submission", __name__)

LOOK_AGAIN = 5  # seconds between two looks at what is tried again
READERS = ("kpm", *DECIDERS)
# The page of the other's blueprint on which a submission is corrected in the browser, where the server has it.
CORRECT = "web_entry.correct"
# A drawing of where a form was filled in.
_WIDTH, _HEIGHT, _MARGIN = 320, 200, 26


@dataclass(frozen=True)
class Spot:
    """Where a form was filled in, on a drawing with the village's households."""

    point: Point
    drawing: Drawing
    households: Sequence[Household]


@pages.get("/desa/<code>/kiriman/<sha256>")
@allow(*READERS, names="kiriman")
def one(code: str, sha256: str) -> Response:
    """Raises ProblemError NO_SUCH_SUBMISSION."""
    return _page(code, sha256)


def _page(code: str, sha256: str, error: ProblemError | None = None) -> Response:
    """`error`: why what was just sent from there was not done."""
    cache, zone, language = backend().cache, backend().settings.timezone, asked_language()
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
        member = version_log.version_of(connection, code, sha256)
        root = member.root_instance_id
        versions = compare.versions(connection, cache, zone, code, root) if root else []
        mine = next((other for other in versions if other.member.sha256 == sha256), None)
        mine = mine or compare.alone(connection, cache, zone, member)
        names = names_of(connection, [code], comparison.ids_in([mine, *versions]))
        files = attachments.files_of(connection, code, sha256)
        sections = comparison.laid_out(mine, names, language)
        detail = version_log.detail_of(connection, code, sha256)
        sent_back = [other for other in returned.open_forms(connection, code) if other.sha256 == sha256]
        spot = _spot(connection, code, sections)
        remarks = review.remarks(connection, code, sha256)
        trying = bool(quarantine.count_to_replay(connection, code))
        known = cache.find(connection, member.form_id or "", member.form_version or "") is not None
    marked = kept_marks.marks_of(backend().engine, cache, [(code, member.seq)] if member.seq else [])
    lines = comparison.compared(versions, names, language) if len(versions) > 1 else []
    response = with_pictures(
        show(
            "kiriman_satu.html",
            AGAIN if error else 200,
            sentence=error.text(asked_language()) if error else None,
            typed=request.form.get("catatan", "")[: review.LONGEST_REMARK],
            code=code,
            village=village,
            mine=mine,
            kind=kind_of(member.state, member.review, sent_back=bool(sent_back), problem=bool(detail)),
            reason=in_language(detail, language),
            sections=[part for part in sections if any(answer.question for answer in part.answers)],
            computed=[answer for part in sections for answer in part.answers if not answer.question],
            files=files,
            missing=_missing(mine, files),
            spot=spot,
            versions=versions,
            differing=[line for line in lines if line.differs and line.asked],
            remarks=remarks,
            marked=marked.get((code, member.seq), []),
            same_bytes=hashlib.sha256(member.body).hexdigest() == sha256,
            filled=_filled(mine),
            correct=_way_to_correct(code, sha256) if known else None,
            decides=user().role in DECIDERS,
            at_desk=user().role == "admin",
            can_replay=user().role in DECIDERS and bool(detail) and member.state != "waiting",
            trying=trying,
            done=request.args.get("sudah", ""),
            states={"ya": APPROVED, "perbaiki": HAS_ISSUES, "buang": REJECTED, "batal": NOT_REVIEWED},
            longest=review.LONGEST_REMARK,
            to=lambda name, **more: link(f"desk_submission.{name}", code=code, sha256=sha256, **more),
            file=lambda one: link("desk_photos.file", code=code, sha256=sha256, file=one.sha256),
            link=link,
            local=lambda moment: moment.astimezone(zone),
            dated=comparison.dated,
        )
    )
    if trying:
        response.headers["Refresh"] = str(LOOK_AGAIN)
    return response


@pages.post("/desa/<code>/kiriman/<sha256>/periksa")
@allow(*DECIDERS, names="kiriman")
def judge(code: str, sha256: str) -> AnyResponse:
    """Raises ProblemError as `review.judge` does; that the reason is missing is told on the page."""
    here, by = backend(), user()
    state, reason = request.form.get("hasil", ""), request.form.get("catatan", "")
    action = "submission-returned" if state == HAS_ISSUES else "submission-reviewed"

    def decide(connection: Connection) -> None:
        zone, now = here.settings.timezone, here.clock()
        review.judge(connection, here.cache, zone, code, sha256, state, reason, by.email, now)
        audit_log.note(connection, by, action, code, _called(connection, code, sha256), now)

    try:
        in_turn(here.engine, decide)
    except ProblemError as error:
        if error.code != review.NO_REASON.code:
            raise
        return _page(code, sha256, error)
    return _back(code, sha256, "periksa")


@pages.post("/desa/<code>/kiriman/<sha256>/catatan")
@allow(*READERS, names="kiriman")
def comment(code: str, sha256: str) -> AnyResponse:
    """Raises ProblemError as `review.comment` does; that nothing was written is told on the page."""
    here, by = backend(), user()
    try:
        with writing(here.engine) as connection:
            review.comment(connection, code, sha256, request.form.get("isi", ""), by.email, here.clock())
            about = _called(connection, code, sha256)
            audit_log.note(connection, by, "submission-commented", code, about, here.clock())
    except ProblemError as error:
        if error.code != review.NO_WORDS.code:
            raise
        return _page(code, sha256, error)
    return _back(code, sha256, "catat")


@pages.post("/desa/<code>/kiriman/<sha256>/ulang")
@allow(*DECIDERS)
def try_again(code: str, sha256: str) -> AnyResponse:
    """Has the processor try all of the village again that is in quarantine. Raises ProblemError NO_SUCH_SUBMISSION."""
    here = backend()
    with writing(here.engine) as connection:
        about = _called(connection, code, sha256)
        audit_log.note(connection, user(), "submission-replayed", code, about, here.clock())
        quarantine.ask_to_replay(connection, [code], here.clock())
    return _back(code, sha256, "ulang")


@pages.get("/desa/<code>/kiriman/<sha256>/xml")
@allow(*READERS, names="kiriman")
def xml(code: str, sha256: str) -> Response:
    """The submission's bytes as they came, to be kept as a file. Raises ProblemError NO_SUCH_SUBMISSION."""
    with reading(backend().engine) as connection:
        body = version_log.version_of(connection, code, sha256).body
    response = secured(Response(body, content_type="application/octet-stream"))
    response.headers.set("Content-Disposition", "attachment", filename=f"{sha256[: compare.NUMBER_WIDTH]}.xml")
    response.headers["Cache-Control"] = "no-store"
    return response


def _called(connection: Connection, code: str, sha256: str) -> str:
    """What the log of changes calls a submission: it names nobody. Raises ProblemError NO_SUCH_SUBMISSION."""
    return f"{version_log.version_of(connection, code, sha256).form_id} {sha256[: compare.NUMBER_WIDTH]}"


def _back(code: str, sha256: str, done: str) -> AnyResponse:
    return redirect(link("desk_submission.one", code=code, sha256=sha256, sudah=done), 303)


def _missing(mine: Version, files: Sequence[CameWith]) -> list[str]:
    """The names of files that the answers speak of and that have not come."""
    came = {one.name for one in files}
    return [name for name in (mine.submission.files if mine.submission else ()) if name not in came]


def _filled(mine: Version) -> tuple[datetime, datetime] | None:
    """When the form was begun and finished, by the phone's clock; None where it does not say both."""
    if mine.submission is None:
        return None
    begun, ended = comparison.dated(str(mine.submission.answer("mulai") or "")), mine.submission.ended
    return (begun, ended) if isinstance(begun, datetime) and ended else None


def _spot(connection: Connection, code: str, sections: Sequence[Section]) -> Spot | None:
    """None where no place was answered."""
    answers = (answer for part in sections for answer in part.answers if answer.kind == "geo")
    point = next(filter(None, (places.point_of(answer.text) for answer in answers)), None)
    if point is None:
        return None
    near = [
        home
        for home in places.households(connection, code, backend().today)
        if home.point and places.metres_between(home.point, point) <= places.FARTHEST
    ]
    shown = [point, *(home.point for home in near if home.point)]
    return Spot(point, places.drawing_of(shown, _WIDTH, _HEIGHT, _MARGIN), near)


def _way_to_correct(code: str, sha256: str) -> str | None:
    """Where the submission is corrected in the browser; None where this user, or this server, does not do that."""
    if CORRECT in current_app.view_functions and user().role in mark_of(current_app, CORRECT).roles:
        return link(CORRECT, code=code, sha256=sha256)
    return None
