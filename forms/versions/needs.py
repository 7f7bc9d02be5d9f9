"""What the server itself reads of forms by name: no version may drop what is counted, as later answers would be lost
without a word; what is only shown is remarked on.

Beside these, rules of the indicator workbook need names (rule_needs.py), and forms those of the lists that they read
(list_needs.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forms.domain import BIRTH_PLAN, CHILDREN, HOUSEHOLD, HOUSEHOLDS, MISSING, MOTHERS
from forms.indicators.rules import SERVICES
from forms.schema import FormSchema

NeedKind = Literal["question", "property", "list"]
ANY_FORM = ""


@dataclass(frozen=True)
class Need:
    """A name that is read, and what reads it (`id`, `en`: in words).

    `kind`: a question of the form, or of the repeat `of`; a property that is saved into the list `of`; or a list that
    is written. `choices`: those that are told apart. `form`: the form that it is read of, ANY_FORM where all are; of
    these, where `about` names a list, only the forms about somebody of it. `shown_only`: nothing is counted of it, so
    that a version without it is told and not refused.
    """

    kind: NeedKind
    name: str
    id: str
    en: str
    of: str = ""
    choices: frozenset[str] = frozenset()
    form: str = ANY_FORM
    about: str = ""
    shown_only: bool = False

    def concerns(self, schema: FormSchema) -> bool:
        """Whether the form is one of which it is read."""
        return self.form in (ANY_FORM, schema.form_id) and self.about in ("", *schema.main.by_name)


def _questions(
    id_: str,
    en: str,
    names: dict[str, str],
    *,
    of: str = "",
    form: str = ANY_FORM,
    about: str = "",
    shown_only: bool = False,
) -> list[Need]:
    """Needs of these questions, each with the choices that are told apart, between blanks."""
    return [
        Need("question", name, id_, en, of, frozenset(choices.split()), form, about, shown_only)
        for name, choices in names.items()
    ]


def _properties(id_: str, en: str, list_: str, names: dict[str, str]) -> list[Need]:
    """Needs of these properties of a list, in the same way."""
    return [
        Need("list", list_, id_, en),
        *(Need("property", name, id_, en, list_, frozenset(choices.split())) for name, choices in names.items()),
    ]


_REGISTER = ("register dan halaman orang", "the register and the page of a person")
_WORK_LIST = ("daftar tugas", "the work list")
_GROWTH = ("tanda pertumbuhan di daftar tugas", "the signs of growth on the work list")
_PERFORMANCE = ("kinerja KPM", "the KPM's performance")
_MONEY = ("tabel 5 kartu desa", "table 5 of the village card")
_PROMISES = ("janji rembuk dan rapat", "the promises of the meetings")
_AT_RISK = ("tabel 1 kartu desa", "table 1 of the village card")
_TIKAR = ("tabel 2 kartu desa", "table 2 of the village card")
_FACILITIES = ("Formulir 1", "Formulir 1")
_MONTHLY = ("Formulir 2A dan 2B", "Formulir 2A and 2B")
_BIRTH = ("rencana persalinan di halaman ibu", "the birth plan on a mother's page")
_EXCHANGE = ("impor dan ekspor daftar warga", "import and export of the register")
_QUALITY = ("pemeriksaan mutu", "the quality checks")
_PERSON = {"nama": "", "nik": "", "no_kia": "", "tanggal_lahir": "", HOUSEHOLD: "", "dusun": ""}
_STATUS = {"status": "aktif pindah meninggal", "tanggal_status": "", "jaminan_kesehatan": ""}
_SICK_MOTHER, _SICK_CHILD = "kek risti kek_risti", "kurang buruk stunting"
_COLOURS = "hijau kuning merah"
_PROMISE = {
    **dict.fromkeys(("nama_kegiatan", "sektor", "penanggung_jawab", "tenggat"), ""),
    "indikator": "ih1 ih2 ih3 a1 a2 a3 ih4_a4 ih5_a5 ih6_a6 ih7_a7 a8 ih8_a9 a10",
    **dict.fromkeys(("dusun_kegiatan", "rumah_tangga", "jumlah_sasaran"), ""),
    "sumber_dana": "dana_desa apbd apbn lainnya",
}
_OF_MOTHERS = {
    **dict.fromkeys(("periksa_kehamilan", "pil_fe", "konseling_gizi_ibu", "kunjungan_bidan"), "ya"),
    **dict.fromkeys(("periksa_nifas", "air_minum", "jamban", "jaminan_kesehatan"), ""),
}
_OF_CHILDREN = {
    **dict.fromkeys(("konseling_ayah", "konseling_ibu", "kunjungan_terpadu", "pengasuhan"), "ya"),
    **dict.fromkeys(("imunisasi_dasar", "air_minum_anak", "jamban_anak", "akta_lahir", "jaminan_kesehatan_anak"), ""),
}

NEEDS: tuple[Need, ...] = (
    *_questions("hari yang dihitung", "the day that is counted", {"tanggal": "", "berakhir": ""}),
    *_questions("halaman sebuah kiriman", "the page of a submission", {"mulai": ""}, shown_only=True),
    *_questions("kartu dan riwayat ibu", "the card and history of a mother", {MOTHERS: ""}),
    *_questions("kartu dan riwayat anak", "the card and history of a child", {CHILDREN: ""}),
    *_questions(*_WORK_LIST, {MISSING: ""}),
    *_questions(*_AT_RISK, {"status_kehamilan": _SICK_MOTHER}, about=MOTHERS),
    *_questions(*_AT_RISK, {"status_gizi": _SICK_CHILD}, about=CHILDREN),
    *_questions(
        *_GROWTH,
        {"timbang": "ya", "berat_badan": "", "berat": "", "panjang": "", "posisi": "baring berdiri"},
        about=CHILDREN,
    ),
    *_questions(*_GROWTH, {"berat_lahir": "", "panjang_lahir": ""}),
    *_questions(*_PERFORMANCE, {"ukur": "ya"}, form="kunjungan_rumah"),
    *_questions(*_MONTHLY, _OF_MOTHERS, form="kunjungan_rumah", about=MOTHERS, shown_only=True),
    *_questions(*_MONTHLY, _OF_CHILDREN, form="kunjungan_rumah", about=CHILDREN, shown_only=True),
    *_questions(*_BIRTH, dict.fromkeys(BIRTH_PLAN, ""), form="kunjungan_rumah", about=MOTHERS, shown_only=True),
    *_questions(*_QUALITY, {"usia_hari": ""}, form="ukur_tinggi"),
    *_questions(
        *_EXCHANGE,
        {
            "jenis_pendataan": "baru",
            "keluarga_lama": "",
            "perbarui_rumah": "",
            "kk_sama": "",
            "id_keluarga": "",
            "nama_kepala": "",
        },
        form="peta_sosial",
    ),
    *_questions(*_EXCHANGE, {"ibu_sama": "", "sudah_lahir": ""}, form="peta_sosial", of="ibu"),
    *_questions(*_EXCHANGE, {"anak_sama": ""}, form="peta_sosial", of="balita"),
    *_questions(*_TIKAR, {"tikar": _COLOURS}, form="ukur_tinggi"),
    *_questions(*_PERFORMANCE, {"tahun": ""}, form="rembuk_stunting"),
    *_questions(*_MONEY, {"tahun": ""}, form="rembuk_stunting"),
    *_questions(
        *_MONEY,
        {
            "id_kegiatan": "",
            "bidang": "pembangunan pemberdayaan",
            "sumber_dana": "dana_desa",
            "anggaran_total": "",
            "anggaran_stunting": "",
        },
        form="rembuk_stunting",
        of="kegiatan",
    ),
    *_questions(*_PERFORMANCE, {"triwulan": ""}, form="rapat_triwulan"),
    *_questions(
        *_MONEY, {"id_kegiatan": "", "keadaan": "batal", "realisasi": ""}, form="rapat_triwulan", of="kegiatan"
    ),
    *_questions(*_PROMISES, _PROMISE, form="rembuk_stunting", of="kegiatan"),
    *_questions(
        *_PROMISES,
        {
            **_PROMISE,
            "baru": "",
            "anggaran_total": "",
            "anggaran_stunting": "",
            "keadaan": "selesai batal",
        },
        form="rapat_triwulan",
        of="kegiatan",
    ),
    *_properties(
        *_REGISTER,
        MOTHERS,
        {**_PERSON, **_STATUS, "hpl": "", "tanggal_melahirkan": "", "status_kehamilan": _SICK_MOTHER},
    ),
    *_properties(
        *_REGISTER,
        CHILDREN,
        {
            **_PERSON,
            **_STATUS,
            "jenis_kelamin": "L P",
            "status_gizi": _SICK_CHILD,
            "tikar": _COLOURS,
            "panjang_terakhir": "",
            "tanggal_ukur_terakhir": "",
            "tanggal_rujuk": "",
            "akta_lahir": "",
            "ikut_paud": "",
        },
    ),
    *_properties(
        *_REGISTER,
        HOUSEHOLDS,
        {"no_kk": "", "dusun": "", "rt": "", "lokasi": "", "air_minum": "ya", "jamban": "ya", "rentan": "ya"},
    ),
    *_properties(
        *_FACILITIES,
        "fasilitas",
        {
            "jenis": "posyandu",
            "dusun": "",
            "cakupan": "desa",
            "layanan": " ".join(SERVICES),
            "frekuensi": "",
            "keadaan": "buka",
        },
    ),
)
