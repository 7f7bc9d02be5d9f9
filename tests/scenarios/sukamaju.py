"""What happened in the village Sukamaju from December 2025 to March 2026, as its midwife would write it down by hand.

Nothing here comes from a form or a database: what is counted from these facts is what the program's card must say.
People go by their names. The register is that of the end, after all changes.
"""

from __future__ import annotations

from datetime import date

from tests.support.facts import Child, Household, Kind, Measurement, Mother, Village, Visit

MAPPED, JONI_MAPPED = date(2025, 12, 2), date(2026, 2, 3)

HOUSEHOLDS = (
    Household("Budi", "Mawar", air_minum="ya", jamban="ya"),
    Household("Hasan", "Melati", air_minum="tidak", jamban="tidak"),
    Household("Usman", "Melati", air_minum="ya", jamban="ya"),
    Household("Joni", "Melati", air_minum="ya", jamban="ya"),
)

SITI_GAVE_BIRTH, AGUS_DIED = date(2026, 2, 18), date(2026, 2, 3)

MOTHERS = (
    # hpl: the expected day
    Mother("Siti", "Budi", "Mawar", MAPPED, date(2026, 2, 20), SITI_GAVE_BIRTH, "aktif", None, "normal", "ya"),
    # undernourished until 20 March, and insured since then
    Mother("Wati", "Budi", "Mawar", MAPPED, date(2026, 6, 15), None, "aktif", None, "normal", "ya"),
    # at high risk; moved away
    Mother("Rahma", "Usman", "Melati", MAPPED, date(2026, 4, 30), None, "pindah", date(2026, 2, 1), "risti", "ya"),
    # found nine days after she gave birth, and never visited
    Mother("Lina", "Joni", "Melati", JONI_MAPPED, None, date(2026, 1, 25), "aktif", None, "normal", "ya"),
)

CHILDREN = (
    # 24 months old on 10 February
    Child("Ali", "Budi", "Mawar", MAPPED, date(2024, 2, 10), "L", "aktif", None, "baik", "ya", "ya"),
    Child("Dewi", "Budi", "Mawar", MAPPED, date(2025, 5, 10), "P", "aktif", None, "baik", "ya", "ya"),
    Child("Cut", "Hasan", "Melati", MAPPED, date(2024, 9, 5), "P", "aktif", None, "kurang", "tidak", "tidak"),
    Child("Agus", "Hasan", "Melati", MAPPED, date(2025, 8, 20), "L", "meninggal", AGUS_DIED, "buruk", "ya", "ya"),
    Child("Putri", "Joni", "Melati", JONI_MAPPED, date(2026, 1, 25), "P", "aktif", None, "", "tidak", "tidak"),
    # registered by the visit that reported the birth
    Child("Bayi Siti", "Budi", "Mawar", date(2026, 2, 24), SITI_GAVE_BIRTH, "L", "aktif", None, "baik", "tidak", "ya"),
)

# Each line a visit: its place in the order of sending, day, name, then ya or tidak; - is what was not asked.
# The order of the columns is that of the names below.
MOTHER_COLUMNS = (
    "periksa_kehamilan pil_fe status_kehamilan konseling_gizi_ibu kunjungan_bidan periksa_nifas"
    " air_minum jamban jaminan_kesehatan"
)
MOTHER_VISITS = """
     4 2025-12-09 Siti   ya     tidak  normal  ya     -   -    ya ya ya
     6 2026-01-06 Siti   ya     ya     normal  ya     -   -    ya ya ya
     7 2026-01-06 Wati   ya     tidak  kek     ya     ya  -    ya ya tidak
    12 2026-01-08 Rahma  ya     ya     risti   ya     ya  -    ya ya ya
    21 2026-02-05 Rahma  -      -      -       -      -   -    -  -  -
    22 2026-02-24 Siti   -      -      -       -      -   1    ya ya ya
    23 2026-02-24 Wati   tidak  ya     kek     tidak  ya  -    ya ya tidak
    24 2026-03-10 Siti   -      -      -       -      -   3    ya ya ya
    26 2026-03-10 Wati   tidak  tidak  kek     tidak  ya  -    ya ya tidak
    31 2026-03-20 Wati   tidak  ya     normal  tidak  -   -    ya ya ya
"""
CHILD_COLUMNS = (
    "timbang ukur status_gizi kunjungan_terpadu imunisasi_dasar konseling_ibu konseling_ayah pengasuhan"
    " air_minum_anak jamban_anak akta_lahir jaminan_kesehatan_anak"
)
CHILD_VISITS = """
     5 2025-12-09 Dewi       ya     tidak  baik    -   ya     ya     tidak  ya     ya     ya     ya     ya
     8 2026-01-06 Ali        ya     tidak  baik    -   ya     ya     tidak  ya     ya     ya     ya     ya
     9 2026-01-06 Dewi       ya     tidak  baik    -   ya     ya     tidak  ya     ya     ya     ya     ya
    10 2026-01-08 Cut        ya     tidak  kurang  ya  tidak  ya     tidak  ya     tidak  tidak  tidak  tidak
    11 2026-01-08 Agus       ya     tidak  buruk   ya  tidak  ya     tidak  ya     tidak  tidak  ya     ya
    17 2026-02-05 Ali        ya     tidak  baik    -   ya     tidak  ya     ya     ya     ya     ya     ya
    18 2026-02-05 Dewi       ya     tidak  baik    -   ya     ya     tidak  tidak  ya     ya     ya     ya
    19 2026-02-05 Cut        tidak  tidak  kurang  ya  tidak  tidak  tidak  ya     tidak  tidak  tidak  tidak
    20 2026-02-05 Agus       -      -      -       -   -      -      -      -      -      -      -      -
    25 2026-03-10 Bayi_Siti  ya     -      baik    -   ya     ya     tidak  -      ya     ya     tidak  ya
    27 2026-03-10 Dewi       ya     tidak  baik    -   ya     ya     tidak  ya     ya     ya     ya     ya
    28 2026-03-10 Cut        ya     tidak  kurang  ya  tidak  ya     ya     ya     tidak  ya     tidak  tidak
"""

MEASUREMENTS = (
    Measurement(13, date(2026, 1, 15), "Dewi", "nakes", "hijau"),
    Measurement(14, date(2026, 1, 15), "Agus", "nakes", "kuning"),
    Measurement(15, date(2026, 1, 15), "Cut", "kpm", "merah"),
    Measurement(29, date(2026, 3, 12), "Cut", "nakes", "merah"),
    Measurement(30, date(2026, 3, 12), "Dewi", "kpm", "hijau"),
)


def _visits(lines: str, columns: str, kind: Kind) -> list[Visit]:
    found = []
    for line in lines.strip().splitlines():
        order, day, name, *answers = line.split()
        given = {column: answer for column, answer in zip(columns.split(), answers, strict=True) if answer != "-"}
        found.append(Visit(int(order), date.fromisoformat(day), kind, name.replace("_", " "), given))
    return found


VILLAGE = Village(
    "11.01.01.2001",
    "Sukamaju",
    HOUSEHOLDS,
    MOTHERS,
    CHILDREN,
    (
        *_visits(MOTHER_VISITS, MOTHER_COLUMNS, "ibu_hamil"),
        *_visits(CHILD_VISITS, CHILD_COLUMNS, "anak"),
    ),
    MEASUREMENTS,
)
