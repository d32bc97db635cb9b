# SPDX-License-Identifier: ISC
"""solo5.builder.loc: what counts as a line, and what is counted."""

from __future__ import annotations

import pytest

from solo5 import documents, launch
from solo5.builder import Built, build, loc
from solo5.facts import Cell, tree


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", 0),
        ("\n \n\t\n", 0),
        ("int a;\n", 1),
        ("// a\nint a; // b\n", 1),
        ("/* a\n b */\nint a;\n", 1),
        ("/* a */ int a; /* b\n c */ int d;\n", 2),
        ('char *a = "/*";\nint b;\nchar *c = "*/";\n', 3),
        ('char *a = "//\\"";\nint b;\n', 2),
        ("char a = '\"'; /* b */\n/* c */\n", 1),
    ],
)
def test_comments_and_blanks_do_not_count(text: str, lines: int) -> None:
    """A line counts if it holds code, also beside a comment; what stands in strings is no comment."""
    assert lines == loc.code_lines(text)


def test_what_is_linked_is_counted_and_nothing_else() -> None:
    """Sources, headers of ours, of this architecture alone."""
    of = tree()
    cell = of.cells()[0]
    arch, target = of.arch(cell.arch), of.target(cell.target)
    build(arch)
    built = Built.at(of, arch)
    found = {
        str(path.relative_to(of.root)) for path in loc.sources(built, launch.of(target, tree()).program_in(built), of)
    }
    wanted = {"tenders/guest/main.c", "tenders/guest/guest.h", "tenders/common/elf_image.c"}
    assert wanted | {f"tenders/arch/{arch.name}/arch.c", "bindings/include/solo5/elf_abi.h"} <= found
    others = {f"tenders/arch/{name}/arch.c" for name in of.arch_names if name != arch.name}
    assert set() == others & found
    assert not any(path.startswith(("build/", "tests/")) for path in found)


def test_the_readme_has_the_figures() -> None:
    """Its table is the build's, to a fiftieth: a small change need not touch it."""
    lines = [block for block in documents.BLOCKS if block.name == "lines"]
    assert () == documents.wrong_blocks(tree(), tree().arch_names, lines)


#: The most that may stand between a guest and its host; who needs more finds what can go. Each rule, each call that
#: can fail and each step of a loop has a line of its own.
#: What sandboxes add (reading files once, descriptors, users, locks, refused calls, a list of calls in the filter)
#: is in them; it may still shrink.
_MOST = {"hvt": 2800, "spt": 2080}


@pytest.mark.parametrize("cell", tree().cells(), ids=str)
def test_a_tender_stays_small(cell: Cell) -> None:
    """No tender has more code than a person can read in an evening."""
    of = tree()
    build(of.arch(cell.arch))
    assert loc.counts(cell, of)[0].lines <= _MOST.get(cell.target, 0)
