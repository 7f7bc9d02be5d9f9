"""The list of regions: imported from the official one or from a list of one's own; and the hamlets of a village."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import ProblemError, problem
from server.accounts import audit_log
from server.database.engine import reading, writing
from server.desk.field.phones import asked_region, regions_to_choose
from server.desk.workbooks.files import told
from server.http.access import FOREIGN_REGION, allow, user
from server.http.context import backend
from server.http.paging import asked_paging
from server.http.responses import asked_language, link, show
from server.phones import phones
from server.villages import region_lists, regions
from server.villages.regions import Kept, Region

LONGEST_SEARCH = 80

pages = Blueprint("desk_regions", __name__)


@pages.get("/admin/wilayah")
@allow("admin")
def all_regions() -> Response:
    return _page()


@pages.post("/admin/wilayah/resmi")
@allow("admin", everywhere=True)
def import_official() -> AnyResponse:
    """Imports what was chosen of the official list. Raises ProblemError FOREIGN_REGION, NO_OFFICIAL_LIST."""
    asked = request.form.get("wilayah", "")[:20]
    if not regions.covers(user().region, asked):
        raise problem(FOREIGN_REGION, code=asked, region=user().region)
    found = region_lists.official(backend().settings.regions_folder, asked)
    return _kept(_keep(found, asked))


@pages.post("/admin/wilayah")
@allow("admin", everywhere=True, upload=True)
def upload() -> AnyResponse:
    """Imports a list of one's own, all of it or nothing."""
    file = request.files.get("berkas")
    content = file.read() if file else b""
    try:
        with reading(backend().engine) as connection:
            found = region_lists.own_list(connection, content, user().region)
        return _kept(_keep(found, user().region))
    except ProblemError as error:
        return _page(content, error)


@pages.get("/admin/wilayah/<code>")
@allow("admin")
def village(code: str) -> Response:
    """Raises ProblemError UNKNOWN_VILLAGE."""
    return _village_page(code)


@pages.post("/admin/wilayah/<code>/dusun")
@allow("admin")
def add_dusun(code: str) -> AnyResponse:
    """Adds the hamlets that were typed, or those of a list. Raises ProblemError UNKNOWN_VILLAGE."""
    names = request.form.get("dusun", "").splitlines()
    try:
        with writing(backend().engine) as connection:
            kept = region_lists.add_dusun(connection, code, names)
            audit_log.note(connection, user(), "hamlets-added", code, str(kept.new), backend().clock())
    except ProblemError as error:
        if error.code == regions.UNKNOWN_VILLAGE.code:
            raise
        return _village_page(code, error)
    return redirect(link("desk_regions.village", code=code, sudah="dusun"), 303)


def _keep(found: list[Region], region: str) -> Kept:
    with writing(backend().engine) as connection:
        kept = regions.keep(connection, found)
        about = f"{kept.new} + {kept.renamed} / {kept.total}"
        audit_log.note(connection, user(), "regions-imported", region, about, backend().clock())
    return kept


def _kept(kept: Kept) -> AnyResponse:
    """Leads to the page that says what became of a list."""
    said = {"baru": kept.new, "ganti": kept.renamed, "tetap": kept.same}
    return redirect(link("desk_regions.all_regions", **{name: str(count) for name, count in said.items()}), 303)


def _said() -> Kept | None:
    """What the page is to say of a list that was just imported; None where none was."""
    counts = [request.args.get(name, "") for name in ("baru", "ganti", "tetap")]
    if not all(text.isascii() and text.isdigit() and len(text) < 8 for text in counts):
        return None
    return Kept(*map(int, counts))


def _page(content: bytes = b"", error: ProblemError | None = None) -> Response:
    """`error`: why the list `content` was not taken; None where none was refused."""
    region, text = asked_region(user().region), request.args.get("cari", "").strip()[:LONGEST_SEARCH]
    folder = backend().settings.regions_folder
    with reading(backend().engine) as connection:
        found = region_lists.villages_of(connection, region, text, asked_paging(region_lists.SORTS))
        counts = region_lists.count_levels(connection, user().region)
        may_import = phones.all_lie_in(connection, user().region)
        choices = regions_to_choose(connection, region)
    offered = may_import and region_lists.is_installed(folder)
    return show(
        "wilayah.html",
        error.status if error else 200,
        page=found,
        counts=counts,
        text=text,
        may_import=may_import,
        offered=region_lists.offered(folder, user().region) if offered else None,
        nation=user().region == regions.NATION,
        kept=_said(),
        mistakes=told(content, error),
        link=link,
        **choices,
    )


def _village_page(code: str, error: ProblemError | None = None) -> Response:
    with reading(backend().engine) as connection:
        names = regions.village_names(connection, code)
        found = region_lists.dusun(connection, code)
    return show(
        "wilayah_desa.html",
        error.status if error else 200,
        code=code,
        names=names,
        dusun=found,
        sentence=error.text(asked_language()) if error else None,
        typed=request.form.get("dusun", ""),
        done=request.args.get("sudah", ""),
        link=link,
    )
