"""Two villages in whose register everybody has one name for each village, and every address at which they may show."""

from __future__ import annotations

import re

from werkzeug.routing import Rule

from server.database.engine import reading, writing
from server.publications import drafts, form_versions
from tests.support.deciding import merge, move
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped, visited

# What everybody is called there: mothers, children, heads of households.
NAMES = {VILLAGE: "Namasentinelsatu", OTHER_VILLAGE: "Namasentineldua"}
NAME_OF_MOVED = "Namasentinelpindah"
# Which villages know somebody of that name: who moved is known where they were, too.
KNOWN_IN = {**{name: {village} for village, name in NAMES.items()}, NAME_OF_MOVED: set(NAMES)}
# Mother, child, their twins and the household, of each village; who speaks of nobody; who moved from one to the other.
PEOPLE = {
    village: [f"{place}000000{number}-0000-4000-8000-000000000000" for number in range(5)]
    for place, village in enumerate(NAMES)
}
UNKNOWN, MERGED, MOVED, HOME_OF_MERGED, HOME_OF_MOVED = (
    f"9000000{number}-0000-4000-8000-000000000000" for number in range(5)
)
NIK = "1101010106250001"
ROOTS = {village: f"uuid:asal-{village}" for village in NAMES}
FORM = "kunjungan_rumah"
NEIGHBOUR = {VILLAGE: OTHER_VILLAGE, OTHER_VILLAGE: VILLAGE}


def fill(station: Station) -> None:
    """Each village with a mother, a child who is registered twice and has somebody's NIK in the other village, a
    correction and a change that wait; and somebody who moved from the second one to the first."""
    for village, name in NAMES.items():
        mother, child, again, home, other_home = PEOPLE[village]
        children = [(one, {"nama": name, "nik": NIK}) for one in (child, again)]
        mothers = [(mother, {"nama": name, "hpl": "2026-06-15"})]
        station.send(mapped(home, head=name, mothers=mothers, children=children), village=village)
        station.send(mapped(other_home, head=name, no_kk=""), village=village)
        station.send(visited(child, day="2026-02-10", instance=ROOTS[village], status_gizi="kurang"), village=village)
        corrected = visited(child, day="2026-02-11", corrects=ROOTS[village], status_gizi="buruk")
        station.send(corrected, village=village)
        station.send(visited(UNKNOWN, day="2026-02-11", status_gizi="buruk"), village=village)
    station.send(mapped(HOME_OF_MERGED, no_kk="", head=NAMES[VILLAGE], children=[(MERGED, {"nama": NAMES[VILLAGE]})]))
    away = mapped(HOME_OF_MOVED, no_kk="", head=NAME_OF_MOVED, children=[(MOVED, {"nama": NAME_OF_MOVED})])
    station.send(away, village=OTHER_VILLAGE)
    merge(station, MERGED, PEOPLE[VILLAGE][1])
    move(station, OTHER_VILLAGE, VILLAGE, MOVED)
    keep_drafts(station)


def keep_drafts(station: Station) -> None:
    """A form between check and publishing: once with a mistake, and once without."""
    with reading(station.engine) as connection:
        (version, *_) = form_versions.published_versions(connection, FORM)
        workbook = form_versions.form_workbook(connection, FORM, version)
        xml = form_versions.form_xml(connection, FORM, version)
    words = {"id": "Pilihan ini belum punya label.", "en": "This choice has no label yet."}
    told = {
        "code": "form.choice_label",
        "sheet": "choices",
        "cell": "C2",
        "column": "label",
        "content": "",
        "write": "",
    }
    for light, made in (("red", None), ("yellow", xml)):
        with writing(station.engine) as connection:
            drafts.keep(
                connection,
                made_by="ani@desa.id",
                file_name="formulir.xlsx",
                workbook=workbook or b"",
                form=(FORM, "2099010101", "Formulir"),
                xml=made,
                told=[{**told, "light": light, "wrong": words, "remedy": {"id": "Isi.", "en": "Write one."}}],
                whole=False,
                files={},
                now=station.clock(),
            )


FIXED_CHOICES = {
    "period": ["2026-Q1"],
    "year": ["2026"],
    "figure": [
        "a2",
        "ih6",
        "tingkat-desa",
        "rumah-lengkap",
        "tikar-anak",
        "anak-gizi",
        "dana-desa",
        "bulan-ini",
        "desa-kurang",
    ],
    "token": ["x"],
    "email": ["admin-id@desa.id"],
    "file": ["x"],
    "form_id": [FORM],
}


def addresses(station: Station, rule: Rule, method: str) -> list[str]:
    """The route's addresses in each village: of everybody, here and elsewhere, with all that can be asked for; for
    forms, of one person."""
    found = []
    for village, other in NEIGHBOUR.items():
        again = PEOPLE[village][2]
        asked = f"?lang=en&ke={other}&dengan={again}&cari=nama&sudah=ubah&keadaan=semua&halaman=1"
        filled = [rule.rule]
        for place in sorted(rule.arguments):
            pattern = rf"<(?:\w+(?:\([^)]*\))?:)?{place}>"
            texts = _choices(station, rule, method, village, place)
            filled = [re.sub(pattern, text, one) for one in filled for text in texts]
        found += [one + query for one in filled for query in ([""] if method == "POST" else ["", asked])]
    return list(dict.fromkeys(found))


def _choices(station: Station, rule: Rule, method: str, village: str, place: str) -> list[str]:
    """What fills that place of the route's address."""
    mother, child, _, home, _ = PEOPLE[village]
    other = NEIGHBOUR[village]
    match place:
        case "code":
            return ["11.01.01", "11.01", "ID"] if rule.rule.startswith("/wilayah/") else [village]
        case "entity_id":
            everybody = [mother, child, home, UNKNOWN, MERGED, MOVED, PEOPLE[other][1]]
            return [child] if method == "POST" else everybody
        case "root":
            return [ROOTS[village], ROOTS[other]]
        case "decision_id":
            return [row["id"] for row in station.rows("decisions")]
        case "number":
            return [row["token_sha256"][:12] for row in station.rows("phones", village_id=village)] + ["1"]
        case "sha256":
            return _submissions(station, village, method)
        case "version":
            return ["1", *(row["version"] for row in station.rows("form_versions", form_id=FORM))]
        case "draft_id":
            return [row["id"] for row in station.rows("form_drafts")]
    return FIXED_CHOICES.get(place, [place])


def _submissions(station: Station, village: str, method: str) -> list[str]:
    """A registration, a visit that is corrected and its correction of the village; for forms, the first of them."""
    rows = sorted(station.rows("submissions", village_id=village), key=lambda row: int(row["arrival"]))
    shas = [row["sha256"] for row in rows]
    return shas[:1] if method == "POST" else [shas[0], *shas[2:4]]
