"""All pages of the desk."""

from __future__ import annotations

from server.desk import audit, bulk_accounts, form_drafts, forms, rules, users

DESK_PAGES = tuple(
    area.pages
    for area in (
        audit,
        bulk_accounts,
        form_drafts,
        forms,
        rules,
        users,
    )
)
