"""The submissions with one root, read: what stands in each, who sent it, and which one each of them corrects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy import Connection

from forms.domain import DAY
from forms.entity_xml import follow
from forms.labels import Labels, read_labels
from forms.problems import ProblemError
from forms.submission import Submission, read_envelope
from server.entities import decision_log
from server.entities.decision import Decision, Review
from server.publications.form_versions import FormCache, form_xml
from server.queries.history import form_titles, phone_names
from server.submissions.interpret import came_as, understood
from server.submissions.version_log import SubmissionVersion, first_of, holder, roots_of, versions_of, waiting_roots

NUMBER_WIDTH = 12


@dataclass(frozen=True)
class Version:
    """One of the submissions with a root. `place` is its number on the page, 1 first; `corrects` that of the one it was
    made from, None where it corrects none of them. `stale`: that one had been corrected before. `lost`: that one has
    not come. `held_by`: the other village whose phone sent the first content under its instanceID, else None.
    `submission` is None where it cannot be understood, for `reason`.
    """

    member: SubmissionVersion
    place: int
    sender: str
    name: str
    corrects: int | None
    stale: bool
    lost: bool
    held_by: str | None
    submission: Submission | None
    labels: Labels
    reason: ProblemError | None

    @property
    def counts(self) -> bool:
        return self.member.state == "accepted"

    @property
    def number(self) -> str:
        """What people call it by: the first figures of its sha256."""
        return self.member.sha256[:NUMBER_WIDTH]


@dataclass(frozen=True)
class Summary:
    """A root in one line: `name` is what the phone called the form, `count` how many submissions there are, `waits`
    whether one waits for a decision. `decided` is the decision that stands; None where there is none."""

    root: str
    name: str
    count: int
    last: datetime
    waits: bool
    decided: Decision | None


def summaries(connection: Connection, village_id: str) -> list[Summary]:
    """The roots of the village: those with which something waits first, then those decided, the newest first in
    each."""
    waiting = waiting_roots(connection, village_id)
    reviews = [(one, one.about) for one in decision_log.read(connection, village_id, standing=True)]
    decided = sorted(
        ((one, about) for one, about in reviews if isinstance(about, Review)), key=lambda pair: pair[0].seq
    )
    root_of = roots_of(connection, village_id, {about.among[0] for _, about in decided})
    made = {root_of[about.among[0]]: one for one, about in decided}
    titles = form_titles(connection)
    found = []
    for root in dict.fromkeys([*waiting, *made]):
        members = versions_of(connection, village_id, root)
        last = max(one.received_at for one in members)
        name = next(
            filter(None, (instance_name(one.body) for one in members)),
            titles.get(members[0].form_id, members[0].form_id),
        )
        found.append(Summary(root, name, len(members), last, root in waiting, made.get(root)))
    return sorted(found, key=lambda one: (one.waits, one.last), reverse=True)


def versions(connection: Connection, cache: FormCache, zone: tzinfo, village_id: str, root: str) -> list[Version]:
    """The submissions with the root, each after the one that it was made from; empty where there are none."""
    return _versions(connection, cache, zone, _in_chains(versions_of(connection, village_id, root)))


def alone(connection: Connection, cache: FormCache, zone: tzinfo, member: SubmissionVersion) -> Version:
    """One submission by itself, also where it has no root."""
    return _versions(connection, cache, zone, [member])[0]


def beyond(
    connection: Connection, cache: FormCache, zone: tzinfo, known: list[Version], may_see: Callable[[str], bool]
) -> list[Version]:
    """What holds the instanceIDs of these versions in other villages, of those that `may_see` allows."""
    held = dict.fromkeys((one.held_by, one.member.instance_id) for one in known if one.held_by)
    found = [first_of(connection, id_) for village_id, id_ in held if may_see(village_id)]
    return _versions(connection, cache, zone, found, len(known) + 1) if found else []


def _versions(
    connection: Connection, cache: FormCache, zone: tzinfo, members: list[SubmissionVersion], first: int = 1
) -> list[Version]:
    names = phone_names(connection, {(one.village_id, one.phone) for one in members})
    places = {one.instance_id: place for place, one in reversed(list(enumerate(members, start=first)))}
    titles = form_titles(connection)
    labels = {form: _labels(connection, *form) for form in {(one.form_id, one.form_version) for one in members}}
    found = []
    for place, member in enumerate(members, start=first):
        submission, reason = _read(connection, cache, zone, member)
        held_by = holder(connection, member.instance_id)
        found.append(
            Version(
                member=member,
                place=place,
                sender=names.get(member.phone, ""),
                name=instance_name(member.body) or titles.get(member.form_id, member.form_id),
                corrects=places.get(member.deprecated_id or ""),
                stale=any(one.deprecated_id == member.deprecated_id and one.seq < member.seq for one in members)
                and bool(member.deprecated_id),
                lost=bool(member.deprecated_id) and member.deprecated_id not in places,
                held_by=held_by if held_by != member.village_id else None,
                submission=submission,
                labels=labels[member.form_id, member.form_version],
                reason=reason,
            )
        )
    return found


def _in_chains(members: list[SubmissionVersion]) -> list[SubmissionVersion]:
    """Originals first, each followed by what was made from it; of several the one that came first."""
    found: list[SubmissionVersion] = []

    def add(those: list[SubmissionVersion]) -> None:
        for one in those:
            if one not in found:
                found.append(one)
                add([other for other in members if other.deprecated_id and other.deprecated_id == one.instance_id])

    known = {one.instance_id for one in members}
    add([one for one in members if one.deprecated_id not in known])
    add(members)  # two that correct each other have no beginning
    return found


def _read(
    connection: Connection, cache: FormCache, zone: tzinfo, member: SubmissionVersion
) -> tuple[Submission | None, ProblemError | None]:
    try:
        return understood(connection, cache, came_as(member, zone))[1], None
    except ProblemError as error:
        return None, error


def _labels(connection: Connection, form_id: str, form_version: str) -> Labels:
    xml = form_xml(connection, form_id, form_version)
    return read_labels(xml) if xml else Labels()


def instance_name(body: bytes) -> str:
    """What the phone called the filled form, such as `Kunjungan: Siti 2026-04-20`; blank where the form has no name."""
    for element in follow(read_envelope(body).root, ("meta", "instanceName")):
        return (element.text or "").strip()
    return ""


def form_day(body: bytes) -> date | None:
    """The day that the filled form speaks of, in whatever group it is asked; None where it says none."""
    for element in read_envelope(body).root.iter(f"{{*}}{DAY}"):
        try:
            return date.fromisoformat((element.text or "").strip())
        except ValueError:
            return None
    return None
