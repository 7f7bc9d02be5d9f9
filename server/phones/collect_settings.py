"""The settings QR code that sets up ODK Collect in one scan: a locked-down field phone in Indonesian."""

from __future__ import annotations

import base64
import json
import secrets
import zlib
from typing import Any


def server_url(base: str, token: str) -> str:
    """What a phone with this token is set up with, at the server of the address `base`."""
    return f"{base}/v1/key/{token}/projects/1"


def collect_settings(server_url: str, name: str, village: str) -> dict[str, Any]:
    """The settings as Collect's JSON; the admin password is new for every phone, and only in the code itself."""
    locked = (
        "change_server",
        "form_update_mode",
        "change_autosend",
        "delete_after_send",
        "delete_saved",
        "change_form_metadata",
        "image_size",
        "instance_form_sync",
        "bulk_finalize",
    )
    return {
        "general": {
            "server_url": server_url,
            "form_update_mode": "match_exactly",
            "periodic_form_updates_check": "every_one_hour",
            "autosend": "wifi_and_cellular",
            "image_size": "small",
            "delete_send": False,
            "hide_old_form_versions": True,
            "app_language": "in",
            "metadata_username": name,
        },
        "admin": {"admin_pw": secrets.token_urlsafe(6), **dict.fromkeys(locked, False)},
        "project": {"name": village, "icon": "📏", "color": "#0b5c6b"},
    }


def encoded(settings: dict[str, Any]) -> str:
    """base64(zlib(JSON)), the text inside the QR code."""
    return base64.b64encode(zlib.compress(json.dumps(settings).encode(), 9)).decode()
