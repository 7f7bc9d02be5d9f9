"""What axe-core finds serious or worse in a page, or a part of it: too little contrast, a field without a name, ..."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

import server

AXE = Path(server.__file__).parent / "npm" / "node_modules" / "axe-core" / "axe.min.js"


def expression(part: str = "html") -> str:
    """JavaScript that gives them, where axe-core is there; `part`: a CSS selector."""
    return f"""axe.run({part!r}, {{resultTypes: ['violations']}}).then(found => found.violations
    .filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 120)).join(' | ')))"""


def barriers(page: Page, part: str) -> list[str]:
    """Those of a part of the page as it stands in the browser."""
    page.evaluate(f"() => {{ {AXE.read_text()} }}")
    found: list[str] = page.evaluate(expression(part))
    return found
