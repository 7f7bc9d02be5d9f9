"""The XML that phones read: form list, manifest, integrity and messages, as the OpenRosa documents describe them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

FORM_LIST = "http://openrosa.org/xforms/xformsList"
MANIFEST = "http://openrosa.org/xforms/xformsManifest"
RESPONSE = "http://openrosa.org/http/response"
# Collect shows this very sentence as its own translated "Success".
COMPLETE = "full submission upload was successful!"


@dataclass(frozen=True)
class ListedForm:
    """One form of the form list. `manifest_url` is None where the form needs no media."""

    form_id: str
    name: str
    version: str
    md5: str
    download_url: str
    manifest_url: str | None


@dataclass(frozen=True)
class MediaFile:
    """One file of a manifest. `integrity_url` is None where it is not an entity list."""

    filename: str
    md5: str
    download_url: str
    integrity_url: str | None = None


def form_list(forms: Iterable[ListedForm]) -> bytes:
    root = etree.fromstring(f"<xforms xmlns='{FORM_LIST}'/>")
    for form in forms:
        item = etree.SubElement(root, "xform")
        _texts(item, formID=form.form_id, name=form.name, version=form.version, hash=f"md5:{form.md5}")
        _texts(item, downloadUrl=form.download_url)
        if form.manifest_url:
            _texts(item, manifestUrl=form.manifest_url)
    return _bytes(root)


def manifest(files: Iterable[MediaFile]) -> bytes:
    root = etree.fromstring(f"<manifest xmlns='{MANIFEST}'/>")
    for file in files:
        item = etree.SubElement(root, "mediaFile")
        if file.integrity_url:
            item.set("type", "entityList")
        _texts(item, filename=file.filename, hash=f"md5:{file.md5}", downloadUrl=file.download_url)
        if file.integrity_url:
            _texts(item, integrityUrl=file.integrity_url)
    return _bytes(root)


def integrity(deleted: dict[str, bool]) -> bytes:
    """The answer to an integrity request. `deleted`: for each id whether it has left the list for good."""
    root = etree.Element("data")
    group = etree.SubElement(root, "entities")
    for id_, gone in deleted.items():
        _texts(etree.SubElement(group, "entity", id=id_), deleted="true" if gone else "false")
    return _bytes(root)


@lru_cache(maxsize=64)  # nearly all of them are COMPLETE
def message(text: str) -> bytes:
    root = etree.fromstring(f"<OpenRosaResponse xmlns='{RESPONSE}'/>")
    _texts(root, message=text)
    return _bytes(root)


def _texts(parent: etree._Element, **texts: str) -> None:
    for name, text in texts.items():
        etree.SubElement(parent, name).text = text


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
