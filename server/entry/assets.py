"""What the browser loads to fill in a form: the form engine and Vue as npm installs them, and the page's own script;
for the map of households, Leaflet.

Nothing of them is part of the project: `make` installs them (server/npm/). They are served from here alone, under an
address that changes with their content, so that a browser fetches them once.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from flask import Blueprint, Response, request, url_for

from forms.problems import Problem, ProblemError, problem
from server.http.access import public
from server.http.responses import NO_SUCH_PAGE, secured

NO_ENGINE = Problem(
    "no-form-engine",
    503,
    "Formulir belum dapat dibuka di peramban, karena mesin formulirnya belum terpasang di server ini. Pengelola server "
    "memasangnya dengan: sudo apt-get install npm, lalu make demo atau make test.",
    "Forms cannot be opened in the browser yet, as the form engine is not installed on this server. Whoever runs the "
    "server installs it with: sudo apt-get install npm, then make demo or make test.",
)

INSTALLED = Path(__file__).parents[1] / "npm" / "node_modules"
ENGINE = "@getodk/web-forms/dist"
# The one without a compiler of templates, which would need eval.
VUE = "vue/dist/vue.runtime.esm-browser.prod.js"
OWN_SCRIPT = "isi.js"
MAP, MAP_SCRIPT = "leaflet/dist", "peta.js"
_MAP_FILES = ("leaflet.js", "leaflet.css")
A_YEAR = 365 * 24 * 60 * 60

pages = Blueprint("entry_assets", __name__)


@dataclass(frozen=True)
class Assets:
    """The scripts by name, each in gzip; `version` is made of what is in them."""

    version: str
    scripts: dict[str, bytes]


def assets(installed: Path = INSTALLED) -> Assets:
    """What is installed. Raises ProblemError NO_ENGINE where it is not."""
    engine = sorted((installed / ENGINE).glob("*.js"))
    if not engine or not (installed / VUE).exists():
        raise problem(NO_ENGINE)
    of_map = [installed / MAP / name for name in _MAP_FILES if (installed / MAP / name).exists()]
    return _read((*engine, *of_map, installed / VUE))


def has_map() -> bool:
    """Whether what a map needs is installed."""
    try:
        return assets().scripts.keys() >= {*_MAP_FILES}
    except ProblemError:
        return False


@cache
def _read(files: tuple[Path, ...]) -> Assets:
    found = {"vue.js" if file.match(VUE) else file.name: file.read_bytes() for file in files}
    for own in (OWN_SCRIPT, MAP_SCRIPT):
        found[own] = (resources.files("templates") / own).read_bytes()
    digest = hashlib.sha256()
    for name, content in sorted(found.items()):
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return Assets(digest.hexdigest()[:12], {name: gzip.compress(content, mtime=0) for name, content in found.items()})


@pages.get("/berkas/<version>/<name>")
@public
def script(version: str, name: str) -> Response:
    """A script or style, to be kept for ever. Raises ProblemError NO_SUCH_PAGE where this version has none of that
    name, and that of `assets`."""
    found = assets()
    if version != found.version or name not in found.scripts:
        raise problem(NO_SUCH_PAGE, path=request.path[:80])
    squeezed = request.accept_encodings.best_match(["gzip", "identity"], default="identity") == "gzip"
    content = found.scripts[name] if squeezed else gzip.decompress(found.scripts[name])
    response = secured(Response(content, mimetype="text/css" if name.endswith(".css") else "text/javascript"))
    response.cache_control.public, response.cache_control.max_age = True, A_YEAR
    response.cache_control.immutable = True
    response.headers["Vary"] = "Accept-Encoding"
    if squeezed:
        response.headers["Content-Encoding"] = "gzip"
    return response


def import_map() -> str:
    """The page's own word on where the scripts find Vue, which they ask for by its name alone."""
    return json.dumps({"imports": {"vue": address("vue.js")}})


def address(name: str) -> str:
    return url_for("entry_assets.script", version=assets().version, name=name)


def policy() -> str:
    """What a page that fills in a form may load and run: our own scripts, and pictures that are chosen on the page.

    The engine compiles WebAssembly, writes styles into the page, and makes photos smaller in workers of its own;
    nothing is evaluated from text. Its maps would load their tiles from elsewhere, which this forbids.
    """
    map_hash = base64.b64encode(hashlib.sha256(import_map().encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'self' 'sha256-{map_hash}' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src data:; connect-src 'self'; worker-src blob:; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
