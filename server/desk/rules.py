"""The rules of the score at the desk: every version, and what another workbook would change before it is published.

Checking keeps nothing: the page that shows what would change brings the very same workbook along when it is published.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from aggregate.scorecard.trial import Trial, try_rules
from forms.problems import Problem, ProblemError, problem
from forms.review.marked import marked
from forms.review.rule_changes import rule_changes
from forms.review.told import tell
from server.accounts import audit_log
from server.accounts.phones import all_lie_in
from server.database.engine import reading, writing
from server.desk.form_drafts import NO_WORKBOOK_CHOSEN
from server.desk.forms import download
from server.http.access import allow, user
from server.http.context import backend
from server.http.responses import asked_language, link, show
from server.publications import indicator_versions
from server.publications.publish import check_indicators, publish_indicators

UNKNOWN_RULES = Problem(
    "unknown-rules",
    404,
    "Aturan versi {number} tidak pernah terbit di sini. Pilih dari halaman Aturan.",
    "Rules of version {number} were never published here. Choose one from the page of rules.",
)
RULES_TOO_LARGE = Problem(
    "rules-too-large",
    413,
    "Buku kerja aturan paling besar {limit} kB. Hapus gambar atau lembar yang tidak dipakai, lalu unggah lagi.",
    "A workbook of rules has at most {limit} kB. Remove pictures or sheets that nobody needs and upload it again.",
)
NO_REASON = Problem(
    "no-reason",
    400,
    "Alasan perubahan belum diisi. Kembali, tulis satu kalimat, lalu terbitkan.",
    "The reason of the change is missing. Go back, write one sentence, then publish.",
)

# Bytes. The shipped workbook has 20 kB; it goes to the page and back.
LARGEST_WORKBOOK = 300 * 1024
LONGEST_REASON = 300
# Villages that are shown on each side of what moves most.
MOVERS = 5

pages = Blueprint("desk_rules", __name__)


@dataclass(frozen=True)
class Line:
    """A version of the rules; `day`: when it was published, at the villages."""

    number: int
    day: date


@pages.get("/admin/aturan")
@allow("admin")
def rules() -> Response:
    with reading(backend().engine) as connection:
        found = indicator_versions.all_versions(connection)
        everywhere = all_lie_in(connection, user().region)
    zone = backend().settings.timezone
    lines = [Line(one.number, one.published_at.astimezone(zone).date()) for one in found]
    return show("aturan.html", lines=lines, everywhere=everywhere, just=request.args.get("terbit"), address=link)


@pages.get("/admin/aturan/<int:number>/buku-kerja")
@allow("admin")
def workbook(number: int) -> Response:
    """The workbook as it was uploaded. Raises ProblemError UNKNOWN_RULES."""
    with reading(backend().engine) as connection:
        content = indicator_versions.workbook(connection, number)
    if content is None:
        raise problem(UNKNOWN_RULES, number=number)
    return download(content, f"indikator-{number}.xlsx")


@pages.post("/admin/aturan/periksa")
@allow("admin", everywhere=True, upload=True)
def check() -> Response:
    """Raises ProblemError NO_WORKBOOK_CHOSEN, RULES_TOO_LARGE."""
    upload = request.files.get("berkas")
    if upload is None or not upload.filename:
        raise problem(NO_WORKBOOK_CHOSEN)
    return _looked_at(_bounded(upload.stream.read(LARGEST_WORKBOOK + 1)))


@pages.post("/admin/aturan/<int:number>/kembalikan")
@allow("admin", everywhere=True)
def restore(number: int) -> Response:
    """What putting an earlier version in force again would change. Raises ProblemError UNKNOWN_RULES."""
    with reading(backend().engine) as connection:
        content = indicator_versions.workbook(connection, number)
    if content is None:
        raise problem(UNKNOWN_RULES, number=number)
    return _looked_at(content)


@pages.post("/admin/aturan/bertanda")
@allow("admin", everywhere=True, upload=True)
def marked_copy() -> Response:
    """The workbook with its mistakes marked. Raises ProblemError RULES_TOO_LARGE, NO_WORKBOOK_CHOSEN."""
    content = _brought()
    return download(marked(content, _mistakes(content), asked_language()), "indikator-bertanda.xlsx")


@pages.post("/admin/aturan/terbitkan")
@allow("admin", everywhere=True, upload=True)
def publish() -> AnyResponse:
    """Puts the workbook in force. Raises ProblemError NO_REASON, RULES_TOO_LARGE, NO_WORKBOOK_CHOSEN; mistakes are told
    on the page."""
    content, now = _brought(), backend().clock()
    reason = " ".join(request.form.get("alasan", "").split())[:LONGEST_REASON]
    if not reason:
        raise problem(NO_REASON)
    try:
        with writing(backend().engine) as connection:
            number = publish_indicators(connection, content, now)
            if number is not None:
                audit_log.note(connection, user(), "rules-published", user().region, f"{number}: {reason}", now)
    except ProblemError:  # forms were published since it was checked
        return _looked_at(content)
    return redirect(link("desk_rules.rules", terbit=str(number or "")), 303)


def _looked_at(content: bytes) -> Response:
    """What is wrong with the workbook, or what it would change."""
    mistakes = _mistakes(content)
    brought = b64encode(content).decode()
    if mistakes:
        return show("aturan_periksa.html", mistakes=mistakes, content=brought, address=link)
    with reading(backend().engine) as connection:
        newest = indicator_versions.newest(connection)
    trial = try_rules(backend().engine, content, user().region, backend().today)
    changes = rule_changes(newest, content) if newest else []
    return show(
        "aturan_periksa.html",
        mistakes=mistakes,
        content=brought,
        address=link,
        changes=changes,
        trial=trial,
        movers=_movers(trial),
    )


def _movers(trial: Trial) -> list[str]:
    """The codes of the villages that fall most, then of those that rise most."""
    moved = [code for code, (_, shift) in trial.villages.items() if shift.points]
    ordered = sorted(moved, key=lambda code: (trial.villages[code][1].points, code))
    return ordered if len(ordered) <= 2 * MOVERS else [*ordered[:MOVERS], *ordered[-MOVERS:]]


def _mistakes(content: bytes) -> list[dict[str, object]]:
    try:
        with reading(backend().engine) as connection:
            check_indicators(connection, content)
    except ProblemError as error:
        return tell(content, error.findings)
    return []


def _brought() -> bytes:
    """The workbook that the page before has shown. Raises ProblemError NO_WORKBOOK_CHOSEN where it holds none."""
    try:
        content = b64decode(request.form.get("buku", ""), validate=True)
    except ValueError as error:
        raise problem(NO_WORKBOOK_CHOSEN) from error
    if not content:
        raise problem(NO_WORKBOOK_CHOSEN)
    return _bounded(content)


def _bounded(content: bytes) -> bytes:
    """Raises ProblemError RULES_TOO_LARGE."""
    if len(content) > LARGEST_WORKBOOK:
        raise problem(RULES_TOO_LARGE, limit=LARGEST_WORKBOOK // 1024)
    return content
