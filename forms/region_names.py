"""Names of regions: lists of them differ in whether the word for the level is part of the name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_LEVEL = re.compile(r"^(desa|kecamatan|kec\.|provinsi|prov\.) ", re.IGNORECASE)


def bare(name: str) -> str:
    """The name without Desa, Kecamatan or Provinsi, which pages write themselves. Kabupaten and Kota stay, as they tell
    two districts of one name apart."""
    return _LEVEL.sub("", name)


def dusun_key(name: str) -> str:
    """What spellings of one dusun have in common: they differ in capitals, in blanks, or in a leading "Dusun"."""
    words = name.casefold().split()
    return " ".join(words[1:] if len(words) > 1 and words[0] == "dusun" else words)


def usual_spelling(names: Iterable[str]) -> dict[str, str]:
    """How most entries spell each dusun, by its key; `names` has one for each entry."""
    spellings: dict[str, Counter[str]] = {}
    for name in names:
        spellings.setdefault(dusun_key(name), Counter())[" ".join(name.split())] += 1
    return {key: max(sorted(known), key=known.__getitem__) for key, known in spellings.items()}
