"""Publishing workbooks: checked first, compiled, then put in force together with what they need."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from forms.indicators.rules import Indicator
from forms.indicators.workbook import card_of, read_indicators
from forms.problems import Problem, ProblemError, problem
from forms.versions.rule_needs import check_rules
from server.publications import check_versions, form_versions, indicator_versions, rule_cards, shipped
from server.publications.plans import PlannedForm, plan_form
from server.publications.shipped import FindFile, in_folders

SAME_CARD = Problem(
    "same-card",
    400,
    "Kartu “{card}” sedang berlaku. Terbitkan buku kerja ini, atau beri kartunya nama lain di kolom kartu.",
    "The card “{card}” is in force. Publish this workbook, or give its card another name in the column kartu.",
)


def publish_form(
    connection: Connection, workbook: bytes, find_file: FindFile, now: datetime, *, validate: bool
) -> PlannedForm:
    """Makes an XLSForm live, with its look-up files. Raises ProblemError as `plan_form` does."""
    form_versions.lock(connection)
    planned = plan_form(connection, workbook, find_file, validate=validate)
    form = planned.form
    if planned.new:
        form_versions.publish(connection, form.schema, form.xml, workbook, now)
    for name, content in planned.files.items():
        form_versions.keep_media(connection, form.form_id, form.version, name, content)
    return planned


def publish_shipped(connection: Connection, now: datetime) -> Iterator[str]:
    """Publishes the project's own forms, rules and checks where there are none yet, or those of an earlier release that
    nobody has edited; a line for each."""
    published = {form.form_id: form.version for form in form_versions.FormCache().current(connection)}
    for path in shipped.FORMS:
        version = published.get(path.stem)
        if version in (None, *shipped.FORMER_FORMS) or (path.stem, version) in shipped.FORMER_OF:
            planned = publish_form(connection, path.read_bytes(), in_folders([shipped.MEDIA]), now, validate=False)
            if planned.new:
                yield f"{planned.form.form_id} {planned.form.version}: terbit / published"
    rules = indicator_versions.newest(connection)
    if rules is None or hashlib.sha256(rules).hexdigest() in shipped.FORMER_INDICATORS:
        # Not held against the live forms: what somebody has dropped from theirs must not stop an upgrade.
        workbook = shipped.INDICATORS.read_bytes()
        read_indicators(workbook, form_versions.FormCache().schemas(connection))
        indicator_versions.publish(connection, workbook, now)
        yield f"{shipped.INDICATORS.name}: berlaku / in force"
    if not rule_cards.all_kept(connection):
        workbook = shipped.CUMULATIVE.read_bytes()
        card = read_indicators(workbook, form_versions.FormCache().schemas(connection))[0].card
        rule_cards.keep(connection, card, workbook, now)
        yield f"{shipped.CUMULATIVE.name}: kartu lain / another card"
    if not check_versions.in_force(connection):
        check_versions.publish(connection, shipped.CHECKS.read_bytes(), now)
        yield f"{shipped.CHECKS.name}: berlaku / in force"


def check_indicators(connection: Connection, workbook: bytes) -> tuple[Indicator, ...]:
    """The indicators of a workbook, checked against the published forms, and against those of them that are live.

    Raises ProblemError with all mistakes.
    """
    cache = form_versions.FormCache()
    indicators = read_indicators(workbook, cache.schemas(connection))
    findings = list(check_rules(workbook, cache.schemas(connection), [one.schema for one in cache.current(connection)]))
    if findings:
        raise ProblemError(findings)
    return indicators


def publish_indicators(connection: Connection, workbook: bytes, now: datetime, reason: str = "") -> int | None:
    """Checks a workbook and puts it in force; its number, or None where the same one is in force already.

    `reason`: why, as cards show it; blank where nobody says.
    """
    card = check_indicators(connection, workbook)[0].card
    former = indicator_versions.newest(connection)
    number = indicator_versions.publish(connection, workbook, now, reason=indicator_versions.as_reason(reason))
    if number is not None and former is not None and (of := card_of(former)) != card:
        rule_cards.keep(connection, of, former, now)
    return number


def keep_beside(connection: Connection, workbook: bytes, now: datetime) -> str:
    """Checks a workbook and keeps it as another card to look at; its name.

    Raises ProblemError with all mistakes, and SAME_CARD where it is the one in force.
    """
    card = check_indicators(connection, workbook)[0].card
    newest = indicator_versions.newest(connection)
    if newest is not None and card_of(newest) == card:
        raise problem(SAME_CARD, card=card)
    rule_cards.keep(connection, card, workbook, now)
    return card
