# SPDX-License-Identifier: ISC
"""Writes a report as one HTML page that needs nothing else: no script, no font, no network.

The page is made of what report.json holds (solo5.matrix.report) and says
the same: the matrix, where the time went, what failed and how to repeat it,
and, folded, every case. What guests wrote is shown as text, whatever it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

#: So many of the longest cases have a bar.
_LONGEST: Final = 15
#: What HTML has no way to write (HTML, 13.2.3.5: control characters), but for tab and newline.
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
#: A state or an ending that is good, one that says nothing, and all others.
_GOOD: Final = frozenset({"passed", "passed before"})
_QUIET: Final = frozenset({"missing", "not run", "skipped"})

_STYLE: Final = """\
:root { color-scheme: light dark; --ground: #fbfbf9; --ink: #1d2021; --soft: #6b6f70; --line: #dcdcd6;
  --panel: #ffffff; --good: #2f7d4f; --bad: #b3261e; --bar: #8aa9c7; --good-ground: #e6f2ea; --bad-ground: #fbe9e7; }
@media (prefers-color-scheme: dark) { :root { --ground: #16181a; --ink: #e4e4df; --soft: #9a9e9f; --line: #33373a;
  --panel: #1d2023; --good: #7cc99a; --bad: #ff8a80; --bar: #4a6a8a; --good-ground: #1c2e23; --bad-ground: #3a201e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2.25rem 0 .6rem; }
p.about { color: var(--soft); margin: .25rem 0 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 22rem; background: var(--panel); }
th, td { text-align: left; padding: .45rem .7rem; border: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.good { color: var(--good); } .bad { color: var(--bad); } .quiet { color: var(--soft); }
td.good { background: var(--good-ground); } td.bad { background: var(--bad-ground); font-weight: 600; }
.bars { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr max-content; gap: .3rem .75rem;
  align-items: center; }
.bars span { overflow-wrap: anywhere; } .bars .seconds { text-align: right; font-variant-numeric: tabular-nums; }
.bar { height: .7rem; min-width: 1px; background: var(--bar); border-radius: 2px; }
details { border: 1px solid var(--line); background: var(--panel); margin: .5rem 0; border-radius: 4px; }
summary { cursor: pointer; padding: .5rem .8rem; overflow-wrap: anywhere; }
details > div { padding: 0 .8rem .8rem; }
details.failure { border-left: 4px solid var(--bad); }
pre, code { font: 12.5px/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0; padding: .7rem;
  background: var(--ground); border: 1px solid var(--line); border-radius: 4px; max-height: 32rem; overflow-y: auto; }
code.repeat { display: block; user-select: all; overflow-wrap: anywhere; padding: .5rem .7rem;
  background: var(--ground); border: 1px dashed var(--line); border-radius: 4px; }
footer { margin-top: 3rem; color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; }
"""


def document(report: Mapping[str, Any]) -> str:
    """Return the page; `report` is what report.json holds."""
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            # Whatever a guest wrote: nothing is fetched, nothing runs.
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>Solo5: {_text(_verdict(report))}</title>",
            f"<style>\n{_STYLE}</style></head><body>",
            *_head(report),
            *_matrix(report["cells"]),
            *_failures(report["cases"]),
            *_times(report),
            *_cases(report["cases"]),
            *_foot(report),
            "</body></html>\n",
        )
    )


def _text(value: object) -> str:
    """Return a value as HTML text; what HTML cannot hold shows as backslash and number."""
    shown = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", str(value))
    return html.escape(shown)


def _class(word: str) -> str:
    """Return how a state or an ending looks."""
    if word in _GOOD:
        return "good"
    return "quiet" if word in _QUIET else "bad"


def _bad(cases: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [case for case in cases if _class(case["ending"]) == "bad"]


def _verdict(report: Mapping[str, Any]) -> str:
    cases = report["cases"]
    failed = len(_bad(cases))
    words = f"{failed} of {len(cases)} cases failed" if failed else f"{len(cases)} cases, none failed"
    return f"interrupted: {words}" if report["interrupted"] else words


def _head(report: Mapping[str, Any]) -> Iterator[str]:
    look = "bad" if _bad(report["cases"]) else "good"
    uname = report["uname"]
    where = f"{report['compiler']} on {uname['machine']} {uname['system']} {uname['release']}"
    yield f'<header><h1>The matrix: <span class="{look}">{_text(_verdict(report))}</span></h1>'
    yield (
        f'<p class="about">Solo5 {_text(report["version"])}, {_text(where.strip())}, in '
        f"{report['seconds']:.1f} s</p></header>"
    )


def _matrix(cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    archs = list(dict.fromkeys(cell["arch"] for cell in cells))
    targets = list(dict.fromkeys(cell["target"] for cell in cells))
    known = {(cell["target"], cell["arch"]): cell for cell in cells}
    yield '<section><h2>Cells</h2><div class="scroll"><table>'
    yield "<thead><tr><td></td>" + "".join(f'<th scope="col">{_text(arch)}</th>' for arch in archs) + "</tr></thead>"
    yield "<tbody>"
    for target in targets:
        row = "".join(_cell(known[target, arch]) for arch in archs)
        yield f'<tr><th scope="row">{_text(target)}</th>{row}</tr>'
    yield "</tbody></table></div></section>"


def _cell(cell: Mapping[str, Any]) -> str:
    counts = sorted(cell["counts"].items(), key=lambda pair: pair[0] in _GOOD)
    words = ", ".join(f"{count} {ending}" for ending, count in counts if count)
    state = cell["state"]
    return f'<td class="{_class(state)}">{_text(words or state)}</td>'


def _failures(cases: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    bad = _bad(cases)
    if not bad:
        return
    yield "<section><h2>Failures</h2>"
    for case in bad:
        said = "; ".join(case["detail"])
        yield (
            f'<details class="failure"><summary><strong>{_text(case["name"])}</strong>: '
            f'<span class="bad">{_text(case["ending"])}</span>: {_text(said)}</summary><div>'
        )
        if case["text"]:
            yield f"<pre>{_text(case['text'])}</pre>"
        yield f'To repeat:<code class="repeat">{_text(case["repeat"])}</code></div></details>'
    yield "</section>"


def _times(report: Mapping[str, Any]) -> Iterator[str]:
    phases = [(phase["name"], phase["seconds"]) for phase in report["phases"]]
    yield from _bars("Where the time went", phases)
    ran = [(case["name"], case["seconds"]) for case in report["cases"] if case["ending"] != "passed before"]
    longest = sorted(ran, key=lambda pair: -pair[1])[:_LONGEST]
    yield from _bars("The longest cases", longest)


def _bars(title: str, values: Sequence[tuple[str, float]]) -> Iterator[str]:
    if not values:
        return
    most = max(seconds for _, seconds in values) or 1.0
    yield f'<section><h2>{_text(title)}</h2><div class="bars">'
    for name, seconds in values:
        width = 100 * seconds / most
        yield f'<span>{_text(name)}</span><div><div class="bar" style="width: {width:.2f}%"></div></div>'
        yield f'<span class="seconds">{seconds:.2f} s</span>'
    yield "</div></section>"


def _cases(cases: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "<section><h2>All cases</h2>"
    for cell in dict.fromkeys(case["cell"] for case in cases):
        own = [case for case in cases if case["cell"] == cell]
        failed = len(_bad(own))
        said = f'<span class="bad">{failed} failed</span>' if failed else "none failed"
        yield f"<details><summary>{_text(cell)}: {len(own)} cases, {said}</summary><div class='scroll'><table>"
        yield "<thead><tr><th>case</th><th>ending</th><th>place</th><th class='number'>seconds</th></tr></thead><tbody>"
        for case in own:
            yield (
                f'<tr><td>{_text(case["name"])}</td><td class="{_class(case["ending"])}">{_text(case["ending"])}</td>'
                f"<td>{_text(case['place'])}</td><td class='number'>{case['seconds']:.3f}</td></tr>"
            )
        yield "</tbody></table></div></details>"
    yield "</section>"


def _name(cell: Mapping[str, Any]) -> str:
    return f"{cell['target']}-{cell['arch']}"


def _foot(report: Mapping[str, Any]) -> Iterator[str]:
    kernels = (f"{arch}: {each['package']} {each['version']}" for arch, each in sorted(report["kernels"].items()))
    programs = (f"{cell}: {each['program']}, {each['size_bytes']} bytes" for cell, each in report["programs"].items())
    places = (f"{_name(cell)}: {cell['place']}: {cell['reason']}" for cell in report["cells"] if cell["place"])
    yield f"<footer><p>Places: {_text('; '.join(places) or 'none')}</p>"
    yield f"<p>Kernels of virtual machines: {_text('; '.join(kernels) or 'none')}</p>"
    yield f"<p>Tenders, with debug information: {_text('; '.join(programs) or 'none')}</p></footer>"
