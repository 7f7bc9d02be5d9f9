"""Publishing workbooks: checked first, compiled, then put in force together with what they need."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from forms.indicators.rules import Indicator
from forms.indicators.workbook import read_indicators
from forms.problems import ProblemError
from forms.versions.rule_needs import check_rules
from server.publications import check_versions, form_versions, indicator_versions, shipped
from server.publications.plans import PlannedForm, plan_form
from server.publications.shipped import FindFile, in_folders


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
        if published.get(path.stem) in (None, *shipped.FORMER_FORMS):
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


def publish_indicators(connection: Connection, workbook: bytes, now: datetime) -> int | None:
    """Checks a workbook and puts it in force; its number, or None where the same one is in force already."""
    check_indicators(connection, workbook)
    return indicator_versions.publish(connection, workbook, now)
