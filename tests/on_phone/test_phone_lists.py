"""What a filled form and a list from the server do to the entities on the phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyxform.xls2xform import convert

from tests.support.form_engine import Engine
from tests.support.phone_lists import Entity, EntityList, FormEntity, form_entities

HOUSEHOLD = """
| survey |
| | type | name | label | save_to | calculation |
| | calculate | id_keluarga | | | once(uuid()) |
| | text | no_kk | No. KK | keluarga#no_kk | |
| | begin_repeat | balita | Anak | | |
| | text | nama | Nama | anak#nama | |
| | calculate | rumah | | anak#keluarga | ${id_keluarga} |
| | end_repeat | | | | |
| | csv-external | keluarga | | | |
| entities |
| | list_name | label | entity_id | create_if | update_if |
| | keluarga | ${no_kk} | ${id_keluarga} | true() | false() |
| | anak | ${nama} | | | |
| settings |
| | form_title | form_id | version |
| | Peta | peta | 1 |
"""

ID = "3b0c7f4e-58a1-4c54-9d4b-8a2f0f3c1a01"


def listed(*changes: FormEntity) -> dict[str, tuple[str, int, dict[str, str]]]:
    entities = EntityList("")
    for change in changes:
        entities.apply(change)
    return {one.id: (one.label, one.version, one.properties) for one in entities.entities.values()}


def test_entities_of_the_form_and_of_its_repeats_are_told_apart(form_engine: Engine, tmp_path: Path) -> None:
    xform = convert(xlsform=HOUSEHOLD, file_type=".md", validate=False).xform
    (tmp_path / "form.xml").write_text(xform)
    (tmp_path / "media").mkdir()
    (tmp_path / "media/keluarga.csv").write_text("name,label,__version\n")
    entry = form_engine.open(tmp_path / "form.xml", tmp_path / "media")
    filled = entry.fill({"no_kk": "11", "balita/nama": "Ali", "balita[2]/nama": "Cut"})
    found = sorted(form_entities(filled.xml, xform.encode()), key=lambda one: (one.list, one.label))
    assert [(one.action, one.list, one.label) for one in found] == [
        ("create", "anak", "Ali"),
        ("create", "anak", "Cut"),
        ("create", "keluarga", "11"),
    ]
    household = found[2].id
    assert [one.properties for one in found] == [
        {"nama": "Ali", "keluarga": household},
        {"nama": "Cut", "keluarga": household},
        {"no_kk": "11"},
    ]


def test_change_of_an_unknown_entity_is_nothing() -> None:
    assert listed(FormEntity("update", "anak", ID, "Ali", {"tikar": "hijau"})) == {}


def test_upsert_creates_and_then_changes() -> None:
    once = FormEntity("upsert", "anak", ID, "Ali", {"tikar": "hijau"})
    again = FormEntity("upsert", "anak", ID, "", {"gizi": "baik"})
    assert listed(once, again) == {ID: ("Ali", 2, {"tikar": "hijau", "gizi": "baik"})}


def test_entity_without_a_label_or_a_random_uuid_is_ignored() -> None:
    assert listed(FormEntity("create", "anak", ID, " ", {}), FormEntity("create", "anak", "anak-1", "Ali", {})) == {}


def test_column_that_the_server_drops_is_gone_from_every_entity() -> None:
    entities = EntityList("")
    entities.take(f"name,label,__version,nama,tikar\n{ID},Ali,1,Ali,hijau\n".encode(), "a")
    entities.take(f"name,label,__version,nama\n{ID},Ali,1,Ali\n".encode(), "b")
    assert entities.entities[ID].properties == {"nama": "Ali"}
    assert entities.hash == "b"


def test_semicolon_in_the_header_parts_the_columns() -> None:
    entities = EntityList("")
    entities.take(f"name;label;__version\n{ID};Ali, anak Siti;2\n".encode(), "a")
    assert entities.entities[ID].label == "Ali, anak Siti"


@pytest.mark.parametrize("own", ["__trunkVersion", "__branchId"])
def test_column_that_only_the_phone_has_is_none_of_the_servers(own: str) -> None:
    with pytest.raises(ValueError, match=own):
        EntityList("").take(f"name,label,__version,{own}\n".encode(), "a")


def test_version_that_falls_is_told_because_the_phone_would_not_look_at_the_row() -> None:
    entities = EntityList("")
    entities.take(f"name,label,__version\n{ID},Ali,2001\n".encode(), "a")
    with pytest.raises(ValueError, match="Ali has fallen from 2001 to 2000"):
        entities.take(f"name,label,__version\n{ID},Ali,2000\n".encode(), "b")


def test_list_for_the_engine_has_the_phones_own_columns() -> None:
    here = Entity(ID, "Ali, anak Siti", 1, {"nama": "Ali"}, branch_id="cabang")
    assert EntityList("", {ID: here}).as_csv() == (
        f'name,label,__version,__trunkVersion,__branchId,nama\n{ID},"Ali, anak Siti",1,,cabang,Ali\n'
    )
