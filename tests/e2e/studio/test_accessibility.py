"""axe-core finds nothing serious on any page, in either theme, on a phone or a desk."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser

from infra.local.server import ROOT
from tests.support.shared_cloud import SharedCloud

AXE = ROOT / "studio" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = [
    "",
    "history",
    "library/voices",
    "library/templates",
    "library/files",
    "template/new",
    "system",
]


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_serious(
    browser: Browser, cloud: SharedCloud, signed_in: str, theme: str, width: int
) -> None:
    context = browser.new_context(
        color_scheme=theme, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    context.add_init_script(signed_in)
    page = context.new_page()
    found = []
    for name in PAGES:
        page.goto(f"{cloud.url}/#/{name}")
        page.wait_for_load_state("networkidle")
        page.add_script_tag(path=AXE)
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        report = page.evaluate("axe.run()")
        found += [
            (name, problem["id"], [node["html"][:120] for node in problem["nodes"]])
            for problem in report["violations"]
            if problem["impact"] in ("serious", "critical")
        ]
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{name} is {wider} px wider than the screen"
    context.close()
    assert not found
