# SPDX-License-Identifier: ISC
"""Writes results as JUnit XML, for the tools that show test results.

A suite each cell, a case each item, named as everywhere, as in
blk[512]-spt-ARCH. (pytest's own writer reads brackets as parameters, and
has no way to tell a broken machine, an error, from a failed guest.) The
format: the de-facto schema of Jenkins' xUnit plugin, junit-10.xsd.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from solo5.matrix.report import Result
from solo5.matrix.verdict import Ending

#: What XML 1.0 cannot hold, however it is written (section 2.2, Char).
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(results: Sequence[Result]) -> str:
    """Return the results as a JUnit document."""
    root = ET.Element("testsuites", {"name": "solo5", **_counts(results)})
    for cell in sorted({each.cell for each in results}):
        cases = sorted((each for each in results if each.cell == cell), key=lambda each: each.name)
        suite = ET.SubElement(root, "testsuite", {"name": cell, **_counts(cases)})
        suite.extend(_case(each) for each in cases)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _tag(ending: Ending) -> str:
    """Return the element that says how it ended; empty for a pass."""
    if ending.is_pass:
        return ""
    if ending is Ending.SKIPPED:
        return "skipped"
    return "error" if ending in {Ending.BROKE, Ending.ERROR} else "failure"


def _counts(results: Sequence[Result]) -> dict[str, str]:
    tags = [_tag(each.ending) for each in results]
    return {
        "tests": str(len(results)),
        "failures": str(tags.count("failure")),
        "errors": str(tags.count("error")),
        "skipped": str(tags.count("skipped")),
        "time": f"{sum(each.seconds for each in results):.3f}",
    }


def _case(result: Result) -> ET.Element:
    time = f"{result.seconds:.3f}"
    case = ET.Element("testcase", classname=f"{result.cell}.{result.guest}", name=result.name, time=time)
    tag = _tag(result.ending)
    if tag:
        message = _clean("; ".join(result.detail))
        ET.SubElement(case, tag, type=result.ending.value, message=message).text = _clean(result.text)
    if result.ending is Ending.BEFORE:
        properties = ET.SubElement(case, "properties")
        ET.SubElement(properties, "property", name="ending", value=result.ending.value)
    return case


def _clean(text: str) -> str:
    return _FORBIDDEN.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
