"""Names that forms, register and counting have in common: lists, properties, states, and the first day of all.

The shipped forms are the source of these names (forms/workbooks/); they stand here once.
"""

from __future__ import annotations

from datetime import date

# Entity lists.
MOTHERS = "ibu_hamil"
CHILDREN = "anak"
HOUSEHOLDS = "keluarga"
TARGET_LISTS = (MOTHERS, CHILDREN)

# The field that names the day which the answers of a form speak of.
DAY = "tanggal"

# Properties of a mother or child: the household that they live in; what a visit found missing, in words.
HOUSEHOLD = "keluarga"
MISSING = "masih_kurang"

# What the server computes for the phones' lists. Forms save it too, so that a phone's own list is right until its next
# sync; the register keeps nothing of that.
COMPUTED = ("prioritas", "perlu")

# Values of the property `status`. What forms say of somebody who has left the village; an admin's transfer says where
# to, and that the list goes on there.
ACTIVE = "aktif"
MOVED = "pindah"

# The monitoring of convergence began in 2018; an earlier day comes from a phone whose clock was reset.
FIRST_DAY = date(2018, 1, 1)
