"""The signs that the work list shows: early ones in a child's growth, a red Tikar, a pregnancy past its time.

A sign says what was seen and what to do next. It is no diagnosis: how a child is, health staff find out, who measure
again. Who is looked at again follows Permenkes 2/2020 (Standar Antropometri Anak): weight or length that rose too
little, weight for age below -2 or above +1, length for age below -2 or above +3, and no weighing last month; and, where
both were measured, weight for length below -2.
"""

from __future__ import annotations

from dataclasses import dataclass

from forms.problems import Language

OVERDUE = "lewat_waktu"
RED_TIKAR = "tikar_merah"
LOW_WEIGHT_GAIN = "bb_kurang_naik"
LOW_LENGTH_GAIN = "pb_kurang_naik"
WEIGHT_NOT_RISING = "bb_tidak_naik"
LOW_WEIGHT_FOR_LENGTH = "bbpb_rendah"
LOW_LENGTH_FOR_AGE = "pbu_rendah"
LOW_WEIGHT_FOR_AGE = "bbu_rendah"
HIGH_WEIGHT_FOR_AGE = "bbu_tinggi"
HIGH_LENGTH_FOR_AGE = "pbu_tinggi"
NOT_WEIGHED = "belum_ditimbang"
# What to do about them is asked for whatever visits come: a birth, a measurement or a referral ends them.
LASTING = frozenset({OVERDUE, RED_TIKAR})
# No sign, but kept among them: the last day on which the child was weighed. With the month, it makes NOT_WEIGHED.
WEIGHED = "ditimbang"


@dataclass(frozen=True)
class Sign:
    """What to say of a sign. `todo` is short enough for the phone's list, `next` is a sentence or two for a page.

    `faltering`: growth is lower than it should be, which moves a child up the work list. The other signs are shown, and
    say what to do, but are so common, or so often a slip of the tape, that they would push down those in need.
    """

    faltering: bool
    seen_id: str
    seen_en: str
    todo_id: str
    todo_en: str
    next_id: str
    next_en: str

    def seen(self, language: Language) -> str:
        return self.seen_id if language == "id" else self.seen_en

    def todo(self, language: Language) -> str:
        return self.todo_id if language == "id" else self.todo_en

    def next(self, language: Language) -> str:
        return self.next_id if language == "id" else self.next_en


_WEIGH = ("timbang ulang di Posyandu", "weigh again at the Posyandu")
_MEASURE = ("ukur ulang panjang di Posyandu", "measure the length again at the Posyandu")
_REFER = ("ukur ulang dan rujuk ke Puskesmas", "measure again and refer to the Puskesmas")
_CHECK = ("timbang dan ukur ulang di Posyandu", "weigh and measure again at the Posyandu")
_REFERRED = (
    "Belum tentu ada masalah: timbang dan ukur ulang di Posyandu. Bila tetap begitu, rujuk ke Puskesmas.",
    "Not certain yet: weigh and measure again at the Posyandu. If it stays so, refer to the Puskesmas.",
)

# In the order in which they are told, the most pressing first.
SIGNS: dict[str, Sign] = {
    OVERDUE: Sign(
        False,
        "Lewat 42 minggu, kelahirannya belum tercatat",
        "Past 42 weeks, and no birth on record",
        "lewat 42 minggu: catat kelahirannya atau rujuk ke bidan",
        "past 42 weeks: report the birth or refer to the midwife",
        "Kunjungi sekarang. Sudah lahir: catat kelahirannya. Belum: antar ke bidan atau Puskesmas hari ini. HPL salah: "
        "betulkan dalam kunjungan itu.",
        "Visit now. Born already: report the birth. Not yet: to the midwife or Puskesmas today. A wrong expected date: "
        "correct it in that visit.",
    ),
    RED_TIKAR: Sign(
        False,
        "Tikar merah",
        "red Tikar",
        "Tikar merah: ukur ulang dan rujuk ke Puskesmas",
        "Tikar red: measure again and refer to the Puskesmas",
        "Ukur ulang, lalu rujuk ke Posyandu atau Puskesmas untuk diperiksa; catat rujukannya pada kunjungan. Tandanya "
        "tetap sampai itu dilakukan.",
        "Measure again, then refer to the Posyandu or Puskesmas; note the referral in the visit. The sign stays until "
        "that is done.",
    ),
    LOW_WEIGHT_FOR_LENGTH: Sign(
        True,
        "Berat menurut panjang di bawah garis −2",
        "Weight for length below the −2 line",
        *_REFER,
        "Belum tentu ada masalah, tetapi jangan ditunda: minggu ini timbang dan ukur ulang, lalu rujuk ke Puskesmas.",
        "Not certain yet, but do not wait: weigh and measure again this week, then refer to the Puskesmas.",
    ),
    LOW_WEIGHT_FOR_AGE: Sign(
        True,
        "Berat menurut umur di bawah garis −2",
        "Weight for age below the −2 line",
        *_REFER,
        *_REFERRED,
    ),
    LOW_LENGTH_FOR_AGE: Sign(
        True,
        "Panjang menurut umur di bawah garis −2",
        "Length for age below the −2 line",
        *_REFER,
        *_REFERRED,
    ),
    LOW_WEIGHT_GAIN: Sign(
        True,
        "Kenaikan berat kurang untuk umurnya",
        "Gained too little weight for the age",
        *_WEIGH,
        "Timbang ulang di Posyandu; tanyakan makan dan sakitnya. Bila tetap kurang, antar ke Puskesmas.",
        "Weigh again at the Posyandu; ask about food and illness. If still too little, go to the Puskesmas.",
    ),
    WEIGHT_NOT_RISING: Sign(
        True,
        "Berat tidak cukup naik dalam sebulan",
        "Weight did not rise enough in a month",
        *_WEIGH,
        "Timbang ulang di Posyandu; tanyakan makan dan sakitnya. Bila bulan depan tetap begitu, antar ke Puskesmas.",
        "Weigh again at the Posyandu; ask about food and illness. If next month is the same, go to the Puskesmas.",
    ),
    LOW_LENGTH_GAIN: Sign(
        True,
        "Pertambahan panjang kurang untuk umurnya",
        "Grew too little in length for the age",
        *_MEASURE,
        "Ukur ulang sambil berbaring di Posyandu. Bila tetap kurang, antar ke Puskesmas.",
        "Measure again, lying, at the Posyandu. If still too little, go to the Puskesmas.",
    ),
    HIGH_WEIGHT_FOR_AGE: Sign(
        False,
        "Berat menurut umur di atas garis +1",
        "Weight for age above the +1 line",
        *_CHECK,
        "Timbang dan ukur panjangnya di Posyandu: berat menurut panjang yang menentukan perlu diperiksa atau tidak.",
        "Weigh, and measure the length, at the Posyandu: weight for length tells whether to look further.",
    ),
    HIGH_LENGTH_FOR_AGE: Sign(
        False,
        "Panjang menurut umur di atas garis +3",
        "Length for age above the +3 line",
        *_MEASURE,
        "Ukur ulang, periksa juga tanggal lahirnya. Bila tetap begitu, rujuk ke Puskesmas untuk diperiksa.",
        "Measure again, and check the date of birth. If it stays so, refer to the Puskesmas.",
    ),
    NOT_WEIGHED: Sign(
        False,
        "Bulan lalu tidak ditimbang",
        "Not weighed last month",
        "timbang bulan ini",
        "weigh this month",
        "Ajak ke Posyandu, atau timbang saat kunjungan: tanpa berat tiap bulan, tanda dini tidak terlihat.",
        "Invite to the Posyandu, or weigh at the visit: without a weight each month early signs go unseen.",
    ),
}
