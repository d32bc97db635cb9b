# SPDX-License-Identifier: ISC
"""The page of a report, as a browser shows it."""

from __future__ import annotations

import functools
import html as escaping
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from solo5 import debian
from solo5.facts import tree
from solo5.matrix import html, report
from solo5.matrix.plan import SCHEMA, Plan
from solo5.matrix.report import Result
from solo5.matrix.verdict import Ending

_EVIL = "<script>document.title = 'evil'</script> \x00\x1b[31m & <b> " + "x" * 400
#: Looks at the page in a frame: what is seen, how wide it is, what can be fetched and opened.
_LOOK = """<!doctype html><meta charset="utf-8"><title>look</title><pre id="seen"></pre>
<iframe src="report.html" style="width: {width}px; height: 900px; border: 0"></iframe>
<script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument, root = page.documentElement;
  const folded = page.body.innerText;
  for (const each of page.querySelectorAll("details")) each.open = true;
  document.getElementById("seen").textContent = JSON.stringify({{
    title: page.title, folded, open: page.body.innerText, width: root.scrollWidth,
    scripts: page.scripts.length, outside: page.querySelectorAll("[src], [href], link, iframe, object").length,
    background: getComputedStyle(page.body).backgroundColor,
  }});
}};
</script>
"""

_RUN = report.Run("", "", (), whole=True)


def _result(name: str, ending: Ending, detail: str = "", text: str = "") -> Result:
    cell = tree().cells()[0]
    return Result(f"{name}-{cell}", str(cell), name, "", ending, 0.25, "vm", (detail,), f"./noxw -s {name}", text)


def _report(*results: Result) -> dict[str, Any]:
    phases = [report.Phase("build", 2.0), report.Phase("run", 8.0)]
    return report.document(
        tree(), Plan(SCHEMA, "gcc", True, (), ()), results, phases, run=_RUN, kernels={}, programs={}
    )


@functools.cache
def _browser() -> str:
    debian.install(["chromium"])
    return "chromium"


def _look(folder: Path, page: str, *, width: int = 1280, dark: bool = False) -> dict[str, Any]:
    """Return what a browser sees of a page."""
    (folder / "report.html").write_text(page)
    (folder / "look.html").write_text(_LOOK.format(width=width))
    words = [_browser(), "--headless=new", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
    words += [f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr", f"--log-net-log={folder / 'net'}"]
    words += ["--blink-settings=preferredColorScheme=0"] if dark else []
    done = subprocess.run(
        [*words, "--dump-dom", str((folder / "look.html").as_uri())],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "CONSOLE" not in done.stderr
    assert [] == [url for url in re.findall(r'"url":"(https?://[^"]*)"', (folder / "net").read_text()) if "html" in url]
    found = re.search(r'<pre id="seen">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None
    seen: dict[str, Any] = json.loads(escaping.unescape(found[1]))
    return seen


@pytest.mark.parametrize("width", [1280, 400])
def test_a_browser_shows_the_matrix_and_folds_the_rest(tmp_path: Path, width: int) -> None:
    """Cells, times and failures are seen at once; logs and lists when opened; nothing is wider than the window."""
    results = (_result("good", Ending.PASSED), _result("wrong", Ending.FAILED, _EVIL, f"a log\n{_EVIL}"))
    seen = _look(tmp_path, html.document(_report(*results)), width=width)
    assert "Solo5: 1 of 2 cases failed" == seen["title"]
    for words in ("1 failed, 1 passed", "missing", *tree().arch_names, "Where the time went", "8.00 s", "wrong-"):
        assert words in seen["folded"]
    assert "a log" not in seen["folded"]
    assert "a log" in seen["open"]
    assert "./noxw -s wrong" in seen["open"]
    assert (0, 0) == (seen["scripts"], seen["outside"])
    assert seen["width"] <= width


def test_what_a_guest_wrote_is_text(tmp_path: Path) -> None:
    """Tags, control characters and endless lines are shown as they are, and do nothing."""
    seen = _look(tmp_path, html.document(_report(_result("wrong", Ending.KILLED, _EVIL, _EVIL))))
    assert "Solo5: 1 of 1 cases failed" == seen["title"]
    assert r"<script>document.title = 'evil'</script> \x00\x1b[31m & <b> " in seen["folded"]


def test_the_page_follows_the_readers_colours(tmp_path: Path) -> None:
    """Who reads in the dark gets a dark page."""
    page = html.document(_report(_result("good", Ending.PASSED)))
    light, dark = _look(tmp_path, page), _look(tmp_path, page, dark=True)
    assert "Solo5: 1 cases, none failed" == light["title"]
    assert ("rgb(251, 251, 249)", "rgb(22, 24, 26)") == (light["background"], dark["background"])


def test_a_whole_report_is_small() -> None:
    """A thousand cases make a page of less than 300 KB, even if each has failed."""
    every = (_result(f"case{number}", Ending.PASSED) for number in range(1000))
    assert len(html.document(_report(*every))) < 300_000
