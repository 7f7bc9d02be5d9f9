"""The rules of the score at the desk: every version, and what another workbook would change before it is published.

Checking keeps nothing: the page that shows what would change brings the very same workbook along when it is published.
What reads and reviews workbooks is imported when somebody asks for it: it takes 8 MB of every process.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from aggregate.indicators.published_rules import published_rules
from aggregate.scorecard.card import Share
from aggregate.scorecard.trial import Trial, try_rules
from aggregate.trace.rule_words import cells_in_words
from forms.indicators.workbook import card_of
from forms.problems import Problem, ProblemError, problem
from forms.review.rule_changes import rule_changes
from scorecards.shares import Thresholds, share
from server.accounts import audit_log
from server.database.engine import reading, writing
from server.database.publication_tables import indicator_versions as versions
from server.desk.workbooks.files import download, told
from server.desk.workbooks.numbered import all_lines, brought, uploaded, version
from server.http.access import allow, user
from server.http.context import backend
from server.http.responses import asked_language, link, show
from server.phones.phones import all_lie_in
from server.publications import indicator_versions, rule_cards
from server.villages import region_search
from server.villages.regions import is_village_code

UNKNOWN_RULES = Problem(
    "unknown-rules",
    404,
    "Aturan versi {number} tidak pernah terbit di sini. Pilih dari halaman Aturan.",
    "Rules of version {number} were never published here. Choose one from the page of rules.",
)
NO_REASON = Problem(
    "no-rules-reason",
    400,
    "Alasan perubahan belum diisi. Tulis satu kalimat di bawah, lalu terbitkan.",
    "The reason of the change is missing. Write one sentence below, then publish.",
)

NO_CARD_YET = Problem(
    "no-card-to-compare",
    404,
    "Desa “{text}” belum mengirim isian apa pun, jadi kartunya belum ada. Pilih desa lain.",
    "The village “{text}” has not sent anything yet, so that it has no card. Choose another one.",
)

# Villages that are shown on each side of what moves most.
MOVERS = 5
LONGEST_NAME = 120


@dataclass(frozen=True)
class Chosen:
    """The village whose card is shown by both rules, as it was typed; `trial` is None where it cannot be, and
    `sentence` says why."""

    typed: str
    name: str = ""
    trial: Trial | None = None
    sentence: str = ""


pages = Blueprint("desk_rules", __name__)


@pages.get("/admin/aturan")
@allow("admin")
def rules() -> Response:
    return _rules_page()


def _rules_page(error: ProblemError | None = None) -> Response:
    """`error`: why a file that was just chosen there could not be taken."""
    with reading(backend().engine) as connection:
        lines = all_lines(connection, versions)
        everywhere = all_lie_in(connection, user().region)
        newest = indicator_versions.newest(connection)
        kept = [name for name in rule_cards.names(connection) if newest is None or name != card_of(newest)]
    return show(
        "aturan.html",
        error.status if error else 200,
        lines=lines,
        everywhere=everywhere,
        just=request.args.get("terbit"),
        address=link,
        kept=kept,
        sentence=error.text(asked_language()) if error else None,
    )


@pages.get("/admin/aturan/<int:number>/buku-kerja")
@allow("admin")
def workbook(number: int) -> Response:
    """The workbook as it was uploaded. Raises ProblemError UNKNOWN_RULES."""
    return download(version(number, versions, UNKNOWN_RULES), f"indikator-{number}.xlsx")


@pages.get("/admin/aturan/kartu-lain")
@allow("admin")
def kept_workbook() -> Response:
    """The workbook of another card. Raises ProblemError UNKNOWN_RULES."""
    return download(_kept(request.args.get("kartu", "")), "indikator-lain.xlsx")


@pages.post("/admin/aturan/kartu-lain/periksa")
@allow("admin", everywhere=True)
def check_kept() -> Response:
    """What putting another card in force would change. Raises ProblemError UNKNOWN_RULES."""
    return _looked_at(_kept(request.args.get("kartu", "")))


@pages.post("/admin/aturan/kartu-lain")
@allow("admin", everywhere=True, upload=True)
def keep_beside() -> AnyResponse:
    """Keeps the workbook beside the one in force. Raises ProblemError SAME_CARD, TOO_LARGE, NO_WORKBOOK_CHOSEN;
    mistakes are told on the page."""
    from server.publications import publish

    content, now = brought(), backend().clock()
    if _mistakes(content):
        return _looked_at(content)
    with writing(backend().engine) as connection:
        card = publish.keep_beside(connection, content, now)
        audit_log.note(connection, user(), "rules-kept", user().region, card, now)
    return redirect(link("desk_rules.rules"), 303)


@pages.post("/admin/aturan/periksa")
@allow("admin", everywhere=True, upload=True)
def check() -> Response:
    """A file that cannot be taken is told of on the page of rules."""
    try:
        content = uploaded()
    except ProblemError as error:
        return _rules_page(error)
    return _looked_at(content)


@pages.post("/admin/aturan/desa")
@allow("admin", everywhere=True, upload=True)
def check_village() -> Response:
    """The same with the card of a village by both rules. Raises ProblemError TOO_LARGE, NO_WORKBOOK_CHOSEN."""
    content, typed = brought(), request.form.get("pilih") or request.form.get("desa", "")
    return _looked_at(content, chosen=_chosen(content, typed.strip()[:LONGEST_NAME]))


@pages.post("/admin/aturan/<int:number>/kembalikan")
@allow("admin", everywhere=True)
def restore(number: int) -> Response:
    """What putting an earlier version in force again would change. Raises ProblemError UNKNOWN_RULES."""
    return _looked_at(version(number, versions, UNKNOWN_RULES))


@pages.post("/admin/aturan/bertanda")
@allow("admin", everywhere=True, upload=True)
def marked_copy() -> Response:
    """The workbook with its mistakes marked. Raises ProblemError TOO_LARGE, NO_WORKBOOK_CHOSEN."""
    from forms.review.marked import marked

    content = brought()
    return download(marked(content, _mistakes(content), asked_language()), "indikator-bertanda.xlsx")


@pages.post("/admin/aturan/terbitkan")
@allow("admin", everywhere=True, upload=True)
def publish() -> AnyResponse:
    """Puts the workbook in force. Raises ProblemError TOO_LARGE, NO_WORKBOOK_CHOSEN; mistakes, and that the reason is
    missing, are told on the page."""
    from server.publications.publish import publish_indicators

    content, now = brought(), backend().clock()
    reason = indicator_versions.as_reason(request.form.get("alasan", ""))
    if not reason:
        return _looked_at(content, problem(NO_REASON))
    try:
        with writing(backend().engine) as connection:
            number = publish_indicators(connection, content, now, reason)
            if number is not None:
                audit_log.note(connection, user(), "rules-published", user().region, f"{number}: {reason}", now)
    except ProblemError:  # forms were published since it was checked
        return _looked_at(content)
    return redirect(link("desk_rules.rules", terbit=str(number or "")), 303)


def _looked_at(content: bytes, error: ProblemError | None = None, chosen: Chosen | None = None) -> Response:
    """What is wrong with the workbook, or what it would change. `error`: why it was not published. `chosen`: the
    village whose card is shown as well."""
    mistakes = _mistakes(content)
    encoded = b64encode(content).decode()
    if mistakes:
        return show("aturan_periksa.html", mistakes=mistakes, content=encoded, address=link)
    with reading(backend().engine) as connection:
        newest = indicator_versions.newest(connection)
    card = card_of(content)
    trial = try_rules(backend().engine, content, user().region, backend().today)
    changes = rule_changes(newest, content) if newest else []
    cells = [(one.column, text) for one in changes for text in (one.before, one.after)]
    with reading(backend().engine) as connection:
        words = cells_in_words(connection, published_rules(connection), cells, asked_language())
    return show(
        "aturan_periksa.html",
        error.status if error else 200,
        mistakes=mistakes,
        content=encoded,
        address=link,
        sentence=error.text(asked_language()) if error else None,
        changes=changes,
        trial=trial,
        words=words,
        chosen=chosen,
        movers=_movers(trial),
        repainted=_repainted(trial),
        light=_light,
        thresholds=_thresholds(),
        beside=card if newest and card != card_of(newest) else None,
    )


def _kept(card: str) -> bytes:
    """Raises ProblemError UNKNOWN_RULES where no such card is kept."""
    with reading(backend().engine) as connection:
        content = rule_cards.all_kept(connection).get(card)
    if content is None:
        raise problem(UNKNOWN_RULES, number=card)
    return content


def _chosen(content: bytes, typed: str) -> Chosen:
    """The village of that name or code in the admin's region, with its card by both rules."""
    here = backend()
    try:
        with reading(here.engine) as connection:
            codes = region_search.codes_of(connection, user().region, [typed])[typed]
        code = region_search.the_one(typed, [one for one in codes if is_village_code(one)])
        trial = try_rules(here.engine, content, code, here.today)
        if code not in trial.villages:
            raise problem(NO_CARD_YET, text=typed)
    except ProblemError as error:
        return Chosen(typed, sentence=error.text(asked_language()))
    return Chosen(typed, trial.villages[code][0], trial)


def _thresholds() -> Thresholds:
    return Thresholds(*backend().settings.thresholds)


def _light(share_: Share | None) -> str:
    """The colour that the cards give a share."""
    found = share(share_.received, share_.due, _thresholds()) if share_ else None
    return (found and found.light) or "none"


def _repainted(trial: Trial) -> Mapping[tuple[str, str], int]:
    """How many villages change their colour: by the one they have and the one they would have."""
    pairs = ((_light(shift.before), _light(shift.after)) for _, shift in trial.villages.values())
    return Counter(pair for pair in pairs if pair[0] != pair[1])


def _movers(trial: Trial) -> list[str]:
    """The codes of the villages that fall most, then of those that rise most."""
    moved = [code for code, (_, shift) in trial.villages.items() if shift.points]
    ordered = sorted(moved, key=lambda code: (trial.villages[code][1].points, code))
    return ordered if len(ordered) <= 2 * MOVERS else [*ordered[:MOVERS], *ordered[-MOVERS:]]


def _mistakes(content: bytes) -> list[dict[str, object]]:
    from server.publications.publish import check_indicators

    try:
        with reading(backend().engine) as connection:
            check_indicators(connection, content)
    except ProblemError as error:
        return told(content, error)
    return []
