"""Whether a page can be used by everybody: axe-core looks at it in the browser."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
"""axe-core 4.14.1 (MPL-2.0), as published on npm; for tests alone."""

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
GRAVE = {"serious", "critical"}


def assert_accessible(page: Page) -> None:
    """Fail with rule, place and advice for each serious violation of WCAG 2.1 AA on the page as it stands."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)
    grave = [told(violation) for violation in found["violations"] if violation["impact"] in GRAVE]
    assert not grave, f"{page.url}\n" + "\n".join(grave)


def told(violation: dict[str, Any]) -> str:
    """A violation in a few lines."""
    places = "\n".join(f"  {node['html'][:160]}\n    {node['failureSummary']}" for node in violation["nodes"][:3])
    return f"{violation['id']} ({violation['impact']}): {violation['help']}\n{places}"
