"""Names that forms, register and counting have in common: lists, properties, states, and the first day of all.

The shipped forms are the source of these names (forms/workbooks/); they stand here once.
"""

from __future__ import annotations

from datetime import date

# The shipped forms, in the order of publishing: a list is made by one form before others read it.
FORMS = (
    "peta_sosial",
    "fasilitas",
    "kunjungan_rumah",
    "ukur_tinggi",
    "pantau_paud",
    "rembuk_stunting",
    "rapat_triwulan",
)

# Entity lists.
MOTHERS = "ibu_hamil"
CHILDREN = "anak"
HOUSEHOLDS = "keluarga"
TARGET_LISTS = (MOTHERS, CHILDREN)

# The field that names the day which the answers of a form speak of.
DAY = "tanggal"

# Properties of a mother or child: the household that they live in; what a visit found missing, in words; when a child
# was born, or a birth is due.
HOUSEHOLD = "keluarga"
MISSING = "masih_kurang"
SEX = "jenis_kelamin"
BORN_ON = "tanggal_lahir"
DUE_ON = "hpl"

# What a family agrees on before a birth: where, with whose help, how she gets there, who would give blood, and
# who pays. UNSETTLED is said of each that is not agreed on yet.
BIRTH_PLAN = ("tempat_bersalin", "penolong_bersalin", "kendaraan_bersalin", "donor_darah", "biaya_bersalin")
UNSETTLED = "belum"

# Properties of everybody: the name, the numbers of the identity card and of the family's card, the hamlet, and how
# somebody stands, with the day since when (values of it below).
NAME = "nama"
NIK = "nik"
NO_KK = "no_kk"
DUSUN = "dusun"
STATUS = "status"
STATUS_DAY = "tanggal_status"

# What the server computes for the phones' lists. Forms save it too, so that a phone's own list is right until its next
# sync; the register keeps nothing of that.
COMPUTED = ("prioritas", "perlu")

# Values of STATUS. What forms say of somebody who has left the village; an admin's transfer says where
# to, and that the list goes on there.
ACTIVE = "aktif"
MOVED = "pindah"

# The monitoring of convergence began in 2018; an earlier day comes from a phone whose clock was reset.
FIRST_DAY = date(2018, 1, 1)
