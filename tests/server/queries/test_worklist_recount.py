"""The work list against a second count of it: random stories sent through the real door, looked at on many days.

What phones get (the lists' CSV) and what the page shows (worklist.py) must both be what the recount finds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy import Connection, Engine

from forms.submission import read_envelope
from server.database.engine import reading, writing
from server.database.upgrade import upgrade
from server.decisions import transfers
from server.publications import form_versions
from server.publications.form_versions import FormCache
from server.submissions.interpret import IncomingSubmission
from server.villages import regions
from server.villages.region_file import read_regions
from tests.recounts.worklist_recount import TODO, HeightCheck, HomeVisit, Move, PaudRow, Row, SocialMap, registered
from tests.recounts.worklist_recount import worklist as recounted
from tests.scenarios.random_worklists import Sent, Story, random_story
from tests.support import shown
from tests.support.inbox import take_in
from tests.support.station import START
from tests.support.village_forms import born, compiled, followed, mapped, measured, visited

FORMS = ("peta_sosial", "kunjungan_rumah", "ukur_tinggi", "pantau_paud")
WORDS = ("timbang", "ukur", "pantau", "Tikar", "lewat")  # with which what is to be done because of a sign begins
# How many stories are told on each database, as they happened and in another order.
STORIES = {"sqlite": 12, "postgresql": 2}
SHUFFLED = {"sqlite": 6, "postgresql": 2}


# -- as phones send it -------------------------------------------------------------------------------------------------


def xml_of(row: Row) -> str:
    day, finished = str(row.tanggal), f"{row.finished:%Y-%m-%dT%H:%M:%S}.000Z"
    match row:
        case SocialMap():
            mothers, children = (
                [(one.id, {"nama": one.name, **one.says}) for one in row.people if one.kind == kind]
                for kind in ("ibu_hamil", "anak")
            )
            return mapped(row.household, day=day, dusun=row.dusun, mothers=mothers, children=children)
        case HomeVisit():
            part = {"ibu_hamil": "ibu", "anak": "anak"}[row.kind]
            answers = {"berakhir": finished, "masih_kurang": ", ".join(row.missing)}
            for name, value in row.says.items():
                answers[f"{name}_{part}" if name in ("dusun", "status", "tanggal_status") else name] = value
            answers |= {"timbang": row.weighed} if row.weighed else {}
            answers |= {} if row.weight is None else {"berat_badan": str(row.weight)}
            if row.baby is None:
                # What the phone reckons itself is not believed.
                return visited(row.target, day=day, of=row.kind, **answers, **{f"perlu_{part}": "karangan HP"})
            baby = row.baby.says
            answers |= {"jenis_kelamin_bayi": baby["jenis_kelamin"], "tanggal_lahir_bayi": baby["tanggal_lahir"]}
            answers |= {"status_anak": baby["status"], "dusun_anak": baby["dusun"], "perlu_anak": "karangan HP"}
            at_birth = {"berat_lahir": row.baby.weight, "panjang_lahir": row.baby.length}
            answers |= {name: str(value) for name, value in at_birth.items() if value is not None}
            return born(row.target, row.baby.id, "", day=day, nama=row.baby.name, **answers)
        case HeightCheck():
            noted = {"panjang": row.length, "posisi": row.position, "berat": row.weight, **row.says}
            answered = {name: value for name, value in noted.items() if value is not None}
            return measured(row.target, day=day, berakhir=finished, **answered)
        case PaudRow():
            return followed(row.target, day=day, berakhir=finished, **row.says)
    raise AssertionError(row)


@dataclass
class Server:
    """A database into which the villages' phones send, and what is to be read from it."""

    engine: Engine
    cache: FormCache

    def take(self, sent: Iterable[Sent]) -> None:
        with writing(self.engine) as connection:
            for one in sent:
                self._take(connection, one)

    def _take(self, connection: Connection, sent: Sent) -> None:
        row = sent.row
        if isinstance(row, Move):
            ids = [row.target]
            transfers.move(connection, row.village, ids, row.to, row.tanggal, row.dusun, "", "admin@uji", row.finished)
            return
        body = xml_of(row).encode()
        at = datetime.combine(sent.arrives, time(16), UTC)
        incoming = IncomingSubmission(row.village, "uji", None, body, read_envelope(body), at, shown.JAKARTA)
        take_in(connection, self.cache, incoming)


def server_on(engine: Engine, villages: Iterable[str]) -> Server:
    with writing(engine) as connection:
        upgrade(connection)
        lines = ["11,Aceh", "11.01,Aceh Selatan", "11.01.01,Bakongan", *(f"{code},Desa {code}" for code in villages)]
        regions.keep(connection, read_regions("\n".join(lines).encode()))
        for form_id in FORMS:
            form = compiled(form_id)
            form_versions.publish(connection, form.schema, form.xml, b"", START)
    return Server(engine, FormCache())


# -- against the recount -----------------------------------------------------------------------------------------------


def differences(server: Server, sent: Sequence[Sent], village: str, today: date) -> list[str]:
    """What page and phones say otherwise than the recount, with all that was sent about those whom it concerns."""
    expected = recounted([one.row for one in sent], village, today)
    with reading(server.engine) as connection:
        page = shown.page(connection, village, today)
        phone = shown.phone(connection, server.cache, village, today)
    found = [f"order: {[line.id[-4:] for line in lines]}" for lines in (expected, page)]
    found = found if [line.id for line in page] != [line.id for line in expected] else []
    seen = {line.id: line for line in page}
    for line in expected:
        wanted = (line.label, line.prioritas, line.perlu)
        if seen.get(line.id) != line:
            found += [f"page: {seen.get(line.id)}", f"expected: {line}", *about(sent, line.id)]
        if phone.get(line.id) != wanted:
            found += [f"phone: {phone.get(line.id)}", f"expected: {wanted}", *about(sent, line.id)]
    listed = {line.id for line in expected}
    for id_ in sorted(phone.keys() - listed):
        if phone[id_][1:] != ("6", ""):
            found += [f"phone: {phone[id_]}, who has left", *about(sent, id_)]
    for id_ in sorted(seen.keys() - listed):
        found += [f"page: {seen[id_]}, who has left", *about(sent, id_)]
    return [f"{village} on {today}:", *found] if found else []


def about(sent: Sequence[Sent], id_: str) -> list[str]:
    """What was sent about somebody, in the order in which it came, to be read in a failure."""
    found = []
    for one in sent:
        row = one.row
        when = f"    {one.arrives} {type(row).__name__} {row.tanggal} {row.finished:%m-%d %H:%M}"
        found += [f"{when} {person}" for person in registered(row) if person.id == id_]
        if getattr(row, "target", "") == id_:
            kept = ("village", "says", "missing", "weighed", "weight", "length", "position", "to", "dusun")
            found.append(f"{when} { ({name: getattr(row, name) for name in kept if getattr(row, name, None)}) }")
    return found


def stories(seeds: Iterable[int]) -> list[Story]:
    return [random_story(seed, (f"11.01.01.{2001 + 2 * seed}", f"11.01.01.{2002 + 2 * seed}")) for seed in seeds]


def test_page_and_phones_say_what_the_recount_says__month_by_month(engine: Engine) -> None:
    told = stories(range(STORIES[engine.dialect.name]))
    server = server_on(engine, [village for story in told for village in story.villages])
    for story in told:
        before = date.min
        for today in story.looks:
            server.take(one for one in story.sent if before < one.arrives <= today)
            before = today
            known = [one for one in story.sent if one.arrives <= today]
            for village in story.villages:
                found = differences(server, known, village, today)
                assert not found, "\n".join(found)


def test_order_of_arrival_does_not_matter(engine: Engine) -> None:
    told = stories(range(100, 100 + SHUFFLED[engine.dialect.name]))
    server = server_on(engine, [village for story in told for village in story.villages])
    for number, story in enumerate(told):
        # At once, or so slowly that what came before its registration is not held until that comes.
        order = shuffled(story, Random(number), days_between=number % 2)
        server.take(order)
        for today in story.looks[3:]:  # from the last month on that is told of
            for village in story.villages:
                assert differences(server, order, village, today) == []


def shuffled(story: Story, luck: Random, days_between: int) -> list[Sent]:
    """The story in another order of arrival, in which admins and their people still act on what they can see.

    Somebody is taken over who is registered and said to have left, and visited there after that.
    """
    moves = [one for one in story.sent if isinstance(one.row, Move)]
    born_in = {person.id: one.row.village for one in story.sent for person in registered(one.row)}
    abroad = [
        one for one in story.sent if one not in moves and born_in.get(of(one), one.row.village) != one.row.village
    ]
    order = [one for one in story.sent if one not in moves and one not in abroad]
    luck.shuffle(order)
    for move in moves:
        seen = [n for n, one in enumerate(order) if of(move) in {person.id for person in registered(one.row)}]
        seen += [n for n, one in enumerate(order) if of(one) == of(move) and "status" in getattr(one.row, "says", {})]
        order.insert(luck.randint(max(seen) + 1, len(order)), move)
    for visit in abroad:
        (taken_over,) = (n for n, one in enumerate(order) if isinstance(one.row, Move) and of(one) == of(visit))
        order.insert(luck.randint(taken_over + 1, len(order)), visit)
    first = max(one.arrives for one in story.sent)
    return [replace(one, arrives=first + n * days_between * timedelta(days=1)) for n, one in enumerate(order)]


def of(sent: Sent) -> str:
    """Whom it is about, where it is about one person."""
    return str(getattr(sent.row, "target", ""))


# -- what the stories tell of ------------------------------------------------------------------------------------------


def cases(story: Story) -> Iterable[str]:
    """What occurs on the lists of a story, by name."""
    rows = [one.row for one in story.sent]
    for today in story.looks:
        for village in story.villages:
            for line in recounted(rows, village, today):
                yield f"priority {line.prioritas}{'' if line.perlu else ', done'}"
                yield from (code for code, _ in line.signs)
                yield from (
                    f"{part}"
                    for part in line.perlu.split("; ")
                    if part.startswith(("timbang", "ukur", "pantau", "Tikar", "lewat"))
                )
                if line.visited and ";" in line.perlu:
                    yield "services and a sign"
                if village != next(row.village for row in rows if line.id in {one.id for one in registered(row)}):
                    yield "lives in the other village"


def test_stories__every_case_of_the_list_occurs() -> None:
    found = Counter(case for story in stories(range(STORIES["sqlite"])) for case in cases(story))
    assert set(found) == {
        *(f"priority {number}" for number in "123457"),
        *(f"priority {number}, done" for number in "12367"),
        *TODO,  # every sign
        *TODO.values(),
        "pantau PAUD bulan ini",
        "services and a sign",
        "lives in the other village",
    }
