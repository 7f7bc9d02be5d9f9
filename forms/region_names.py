"""Names of regions: lists of them differ in whether the word for the level is part of the name."""

from __future__ import annotations

import re

_LEVEL = re.compile(r"^(desa|kecamatan|kec\.|provinsi|prov\.) ", re.IGNORECASE)


def bare(name: str) -> str:
    """The name without Desa, Kecamatan or Provinsi, which pages write themselves. Kabupaten and Kota stay, as they tell
    two districts of one name apart."""
    return _LEVEL.sub("", name)
