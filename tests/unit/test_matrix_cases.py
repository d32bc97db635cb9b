# SPDX-License-Identifier: ISC
"""solo5.matrix.cases: the tables beside the guests."""

from __future__ import annotations

import dataclasses
import itertools
import re
import shutil
import textwrap
from pathlib import Path

import pytest

from solo5.errors import UsageError
from solo5.facts import Cell, Tree, tree
from solo5.matrix import cases, overrides
from solo5.matrix.case import Block, Case, Expect, Net
from solo5.matrix.request import Request, select

GOOD = """
[[case]]
about = "It works."
block = [{name = "disk", size_bytes = 512}]
[case.expect]
status = 0
"""


@pytest.fixture
def of(tmp_path: Path) -> Tree:
    """Return a tree of one guest folder, with the facts of the real one."""
    shutil.copytree(tree().root / "toolchains", tmp_path / "toolchains")
    folder = tmp_path / "tests" / "guests" / "one"
    folder.mkdir(parents=True)
    (folder / "one.c").touch()
    return Tree(tmp_path)


def load(of: Tree, text: str) -> cases.Guest:
    """Read `text` as the table of the guest."""
    table = cases.guests_dir(of) / "one" / "cases.toml"
    table.write_text(text)
    return cases.load_guest(table, of)


def override(of: Tree, arch: str, text: str) -> None:
    """Let `text` be what differs on an architecture."""
    file = overrides.path(of, arch)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_every_table_of_the_tree_is_well_formed() -> None:
    """Each table can be read, and no two items have the same name."""
    items = cases.all_items(tree(), tree().cells(), full=True)
    names = [item.name for item in items]
    assert sorted(set(names)) == sorted(names)
    assert {item.cell for item in items} == set(tree().cells())


def test_defaults(of: Tree) -> None:
    """What a table does not say has the documented value."""
    (case,) = load(of, GOOD).cases
    assert case == Case(
        guest="one",
        about="It works.",
        expect=Expect(status=0),
        block=(Block("disk", 512),),
    )
    assert case.block[0].fill == "zero"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("about", "abuot"), "case 1: abuot: unknown key; near it: about; known: about, args, argv, "),
        (('about = "It works."\n', ""), "case 1: about: missing; expected a string"),
        (
            ("about", 'name = "a b"\nabout'),
            "case a b: name: 'a b' may hold letters, digits, dot, dash and un",
        ),
        (("512", '"512"'), 'case 1: block[0].size_bytes: expected a whole number, found "512"'),
        (("512", "true"), "case 1: block[0].size_bytes: expected a whole number, found true"),
        (("512", "-1"), "case 1: block disk: size_bytes: -1 is less than nothing"),
        (
            ("512", '512, fill = "ones"'),
            'case 1: block[0].fill: expected one of "zero", "pattern", "text", found "ones"',
        ),
        (
            ("512", "512, size = 1"),
            "case 1: block[0].size: unknown key; known: attach, fill, name, ",
        ),
        (("block", 'net = [{name = "disk"}]\nblock'), "case 1: device disk: named twice"),
        (("about", "args = 'a'\nabout"), 'case 1: args: expected a list, found "a"'),
        (("about", "args = ['{tap:net}']\nabout"), "case 1: {tap:net}: no such device in this case"),
        (("about", "peer = ['{block:dusk}']\nabout"), "case 1: {block:dusk}: no such device in this case"),
        (
            ("about", "argv = []\nmem_mb = 2\nabout"),
            "case 1: argv: replaces args, options, mem_mb and kernel",
        ),
        (("about", "targets = ['sp']\nabout"), "case 1: targets: sp: not known; known: hvt, spt, virtio"),
        (("about", "truncate_on = {text='x', block='d'}\nabout"), "case 1: truncate_on: block d: not one"),
        (("status = 0", ""), "case 1: expect: needs exactly one of status, signal, end; has none"),
        (
            ("status = 0", "status = 0\nend = 'trap'"),
            "case 1: expect: needs exactly one of status, signal, end; ",
        ),
        (("status = 0", "status = 0\nsyscall = 'x'"), "case 1: expect: syscall: only with signal SIGSYS"),
        (
            ("status = 0", "status = 0\nblock_size = {dusk = 1}"),
            "case 1: expect: block_size.dusk: no such device",
        ),
        (("status = 0", "status = 0\n[case.on.vax.expect]\n"), "case 1: on.vax: no target; known: hvt, spt"),
        (
            ("status = 0", "status = 0\n[case.on.hvt.expect]\nsize=1"),
            "case 1: on.hvt: expect.size: unknown key",
        ),
        (("[[case]]", "[[cases]]"), "cases.toml: cases: unknown key; near it: case; known: case, default"),
        (("[[case]]", "[case]"), "cases.toml: case: expected a list, found a table"),
        (
            ("[[case]]", "[default]\nabuot = 1\n[[case]]"),
            "cases.toml: default.abuot: unknown key; known: about, args, ",
        ),
        (("[[case]]", "[default]\nmem_mb = 'x'\n[[case]]"), 'case 1: mem_mb: expected a whole number, found "x"'),
        (("about", "on = 1\nabout"), "case 1: on: expected a table, found 1"),
        (("about", "on.hvt.tier = 'full'\nabout"), "case 1: on.hvt: tier: is the same in every cell"),
        (("about", "args = ['$name']\nabout"), "case 1: args[0]: $name: unknown word; known here: none"),
        (("about", "args = ['5 $']\nabout"), "case 1: args[0]: '5 $': a $ begins a word; $$ is a dollar"),
        (("[[case]]", "[[case]"), "Expected ']]' at the end of an array declaration"),
        (("[[case]]", GOOD + "[[case]]"), "one: two cases have this name"),
    ],
)
def test_a_mistake_is_one_line_that_names_file_case_and_key(of: Tree, change: tuple[str, str], complaint: str) -> None:
    """A table that cannot be meant is refused, with the place of the mistake."""
    text = GOOD.replace(*change)
    assert text != GOOD
    with pytest.raises(UsageError) as raised:
        load(of, text)
    said = str(raised.value)
    assert said.startswith("tests/guests/one/cases.toml: ")
    assert complaint in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("about", "deadline_s = -1\nabout"), "deadline_s: expected more than 0 and at most 86400 seconds, found -1"),
        (("about", "deadline_s = nan\nabout"), "deadline_s: expected more than 0 and at most 86400 seconds, found nan"),
        (
            ("about", "deadline_s = 1e300\nabout"),
            "deadline_s: expected more than 0 and at most 86400 seconds, found 1e",
        ),
        (("about", "mem_mb = -3\nabout"), "mem_mb: expected 0 to 1048576 MiB, found -3"),
        (("about", "personality = -1\nabout"), "personality: expected 0 to 4294967295, found -1"),
        (("about", "folder_bytes = -1\nabout"), "folder_bytes: expected 4096 to 1099511627776 bytes, found -1"),
        (
            ("512", '99999999999, fill = "pattern"'),
            'block disk: size_bytes: expected 0 to 33554432 bytes with fill "pattern", found 99999999999',
        ),
        (("512", "9999999999999"), "block disk: size_bytes: expected 0 to 1099511627776 bytes with "),
        (
            ('"disk"', '"../x"'),
            "block ../x: name: expected at most 200 letters, digits, dots, dashes and underscores, ",
        ),
        (("about", "net = [{name = 'a/b'}]\nabout"), "net a/b: name: expected at most 15 letters, "),
        (("about", "net = [{name = 'abcdefghijklmnop'}]\nabout"), "net abcdefghijklmnop: name: expected at most 15 "),
        (("about", "net = [{name = 'lo'}]\nabout"), "net lo: name: no tap can be called so, nor all or default"),
        (("about", "net = [{name = 'n', mtu = -3}]\nabout"), "net n: mtu: expected 68 to 65521 bytes, found -3"),
        (("about", "net = [{name = 'n', mtu = 65522}]\nabout"), "net n: mtu: expected 68 to 65521 bytes, found 65522"),
        (("about", "args = ['{fill:99999999999}']\nabout"), "args[0]: expected 0 to 131071 letters, found {fill:99"),
        (
            ("about", f"args = ['{{fill:{'9' * 5000}}}']\nabout"),
            "args[0]: expected 0 to 131071 letters, found {fill:99",
        ),
        (("about", "args = ['{file:a}']\nabout"), "args[0]: {file:a}: a file is given to a caller only"),
        (("about", "args = ['a', '{nope}']\nabout"), "args[1]: {nope}: unknown word; known: {kernel}, {fill:LETTERS}"),
        (("about", "kernel = '{block}'\nabout"), "kernel: {block}: unknown word; known: {kernel}, {fill:LETTERS}, "),
        (("about", 'args = ["a\\u0000b"]\nabout'), "args[0]: expected a word, found one with a NUL byte"),
        (("about", "variant = 'x'\nabout"), 'variant: only of a guest that a Python module makes, found "x" beside '),
        (("about", "targets = []\nabout"), "targets: expected a target, found none; leave the key out for all of them"),
        (("about", "columns = []\nrows = []\nabout"), "rows: expected a row, found none; a table without rows is one "),
        (("status = 0", "status = 999"), "expect.status: expected 0 to 255, found 999"),
        (
            ("status = 0", 'signal = "SIGFOO"'),
            'expect.signal: expected the name of a signal, found "SIGFOO"; near it: ',
        ),
        (
            ("status = 0", "status = 0\nstdout_size = -1"),
            "expect.stdout_size: expected 0 to 1073741824 bytes, found -1",
        ),
        (
            ("status = 0", "status = 0\nstderr_lines = -1"),
            "expect.stderr_lines: expected 0 to 1073741824 lines, found ",
        ),
        (("status = 0", "status = 0\npeer_status = 256"), "expect.peer_status: expected 0 to 255, found 256"),
        (("status = 0", "status = 0\nblock_size = {disk = -1}"), "expect.block_size.disk: expected 0 to 109951162777"),
    ],
    ids=itertools.count(),
)
def test_a_value_that_no_place_can_have_is_one_line(of: Tree, change: tuple[str, str], complaint: str) -> None:
    """A number out of bounds, a name that is none, or a case that would vanish is refused, with its place."""
    text = GOOD.replace(*change)
    assert text != GOOD
    with pytest.raises(UsageError) as raised:
        load(of, text)
    assert str(raised.value).startswith(f"tests/guests/one/cases.toml: case 1: {complaint}")
    assert "\n" not in str(raised.value)


def test_a_table_without_a_case_is_refused(of: Tree) -> None:
    """A guest that nothing would run is a mistake."""
    with pytest.raises(UsageError, match=r"^tests/guests/one/cases.toml: case: expected a case, found none$"):
        load(of, "case = []")


def test_braces_that_are_no_word_are_text(of: Tree) -> None:
    """A guest can be given JSON, and what a tender refuses can be said to it."""
    text = GOOD.replace("about", """args = ['{"a": 1}', "{}", "{fill:0}"]\noptions = ["--mem=-3"]\nabout""")
    (case,) = load(of, text).cases
    assert (('{"a": 1}', "{}", "{fill:0}"), ("--mem=-3",)) == (case.args, case.options)


def test_a_table_needs_a_program(of: Tree) -> None:
    """A folder with a table and no program is a mistake, as is one with two."""
    program = cases.guests_dir(of) / "one" / "one.c"

    def two() -> None:
        program.touch()
        program.with_suffix(".py").touch()

    for change in (program.unlink, two):
        change()
        with pytest.raises(UsageError) as raised:
            load(of, GOOD)
        expected = "tests/guests/one/cases.toml: needs one program beside it, one.c or one.py"
        assert str(raised.value) == expected


def test_items(of: Tree) -> None:
    """Soak runs on request only, and a case of one target in that target's cells only."""
    text = GOOD.replace("about", 'name = "soak"\ntier = "full"\nabout') + GOOD.replace(
        "about", 'name = "spt"\ntargets = ["spt"]\nabout'
    )
    guest = load(of, text)
    cells = [Cell("hvt", "aarch64"), Cell("spt", "aarch64")]
    default = [item.name for item in cases.items_of(guest, cells, full=False)]
    full = [item.name for item in cases.items_of(guest, cells, full=True)]
    assert default == ["one[spt]-spt-aarch64"]
    assert full == ["one[soak]-hvt-aarch64", "one[soak]-spt-aarch64", "one[spt]-spt-aarch64"]


def test_overrides(of: Tree) -> None:
    """What a case says of an architecture or target replaces what it says of all; an end, the end."""
    override(of, "ppc64le", "[case.one.expect]\nstdout_has = []\n")
    text = f"{GOOD}stdout_has = ['x']\n[case.on.spt.expect]\nend = 'fault'\n"
    (case,) = load(of, text).cases
    assert case.expect == Expect(status=0, stdout_has=("x",))
    assert Cell("hvt", "x86_64") not in case.on
    assert case.on[Cell("spt", "x86_64")].expect == Expect(end="fault", stdout_has=("x",))
    assert case.on[Cell("spt", "ppc64le")].expect == Expect(end="fault")


def test_an_item_is_the_case_as_it_is_in_its_cell(of: Tree) -> None:
    """Any key of how a case runs can differ by target and architecture; an item has what holds in its cell."""
    text = GOOD.replace("about", "mem_mb = 8\non.hvt.mem_mb = 16\nabout")
    override(of, "ppc64le", "[case.one]\nmem_mb = 32\n")
    guest = load(of, text)
    cells = [Cell("spt", "x86_64"), Cell("hvt", "x86_64"), Cell("hvt", "ppc64le")]
    assert [8, 16, 32] == [item.case.mem_mb for item in cases.items_of(guest, cells, full=True)]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[case.two]\nmem_mb = 1", "case.two: no such case; near it: "),
        ("[case.one]\nname = 'x'", "case.one: name: is the same in every cell"),
        ("[case.one]\nmem = 1", "case.one: mem: unknown key; near it: "),
        ("[cases.one]\nmem_mb = 1", "cases: unknown key; near it: case"),
        ("case.one = 1", "case.one: expected a table, found 1"),
    ],
)
def test_a_mistake_in_an_architectures_overrides_is_one_line(of: Tree, text: str, complaint: str) -> None:
    """What no case can mean is refused, with the architecture's file."""
    load(of, GOOD)
    override(of, "ppc64le", text)
    with pytest.raises(UsageError) as raised:
        cases.load_guests(of)
    assert str(raised.value).startswith(f"tests/guests/arch/ppc64le/overrides.toml: {complaint}")
    assert "\n" not in str(raised.value)


def test_shared_tables_name_no_architecture() -> None:
    """A new architecture edits no table of cases: what differs there stands in a file of its own."""
    names = re.compile("|".join(rf"\b{name}\b" for name in tree().arch_names))
    tables = sorted(cases.guests_dir(tree()).glob("*/cases.toml"))
    assert [] == [table for table in tables if names.search(table.read_text())]


ROWS = """
[default]
args = ["$name"]
net = [{name = "service"}]
expect = {status = 0, stdout_has = ["x"]}

[[case]]
about = "Costs $$2."
name = "alone"

[[case]]
about = "Blocks of $size bytes: $what."
name = "$what-$size"
expect.signal = "SIGSYS"
block = [{name = "disk", size_bytes = "$size"}]
columns = ["$what", "$size", "expect.syscall"]
rows = [
    ["read", 512, "pread64"],
    ["write", 4096, "pwrite64"],
]
"""


def test_what_cases_share_is_said_once(of: Tree) -> None:
    """A case is its defaults, then what its table says, then its row; an end replaces an end."""
    net = (Net("service"),)
    killed = Expect(signal="SIGSYS", stdout_has=("x",))
    expected = [
        Case(
            guest="one",
            name="alone",
            about="Costs $2.",
            args=("alone",),
            net=net,
            expect=Expect(status=0, stdout_has=("x",)),
        ),
        *(
            Case(
                guest="one",
                name=f"{what}-{size}",
                about=f"Blocks of {size} bytes: {what}.",
                args=(f"{what}-{size}",),
                net=net,
                block=(Block("disk", size),),
                expect=dataclasses.replace(killed, syscall=f"p{what}64"),
            )
            for what, size in (("read", 512), ("write", 4096))
        ),
    ]
    assert expected == list(load(of, ROWS).cases)


def test_the_example_of_the_documentation_means_what_it_says(of: Tree) -> None:
    """The file that the module's head explains can be read, and gives the three cases that it speaks of."""
    lines = (cases.__doc__ or "").splitlines()
    text = "\n".join(line for line in lines if line.startswith("    ") or not line)
    plain, little, none = load(of, textwrap.dedent(text)).cases
    assert ("plain", ("plain",), Expect(status=0)) == (plain.name, plain.args, plain.expect)
    assert {"hvt"} == {cell.target for cell in plain.on}
    assert {0} == {case.expect.stderr_lines for case in plain.on.values()}
    assert (1, "1 MiB are too few.", ("little",)) == (little.mem_mb, little.about, little.args)
    assert Expect(status=1, stdout="", stderr_has=("mem",)) == none.expect


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            ('["read", 512, "pread64"]', '["read", 512]'),
            "case 2, row 1: expected 3 values, one for each column, found 2",
        ),
        (('["read", 512, "pread64"]', '"read"'), "case 2: rows[0]: expected a list, found "),
        (("columns =", "colums ="), "case 2: columns: missing; expected a list"),
        (('"$what", "$size"', '"$size", "$size"'), "case 2: columns: $size: named twice"),
        (
            ("bytes: $what", "bytes: $waht"),
            "case read-512: about: $waht: unknown word; known here: $name, $size, $what",
        ),
        (
            ('name = "$what-$size"', 'name = "$which"'),
            "case 2, row 1: name: $which: unknown word; known here: $size, $what",
        ),
        (
            ('"$what", "$size", "', '"$what", "$sise", "'),
            "case 2: columns: $sise: no text of these cases has this word",
        ),
        (
            ('"read", 512', '"read", 5.5'),
            "case 2, row 1: name: $size: expected a string or a whole number inside a text",
        ),
        (('"expect.syscall"', '"expect.sycall"'), "case read-512: expect.sycall: unknown key; near it: syscall; "),
        (('"expect.syscall"', '"syscall"'), "case read-512: syscall: unknown key; near it: caller; "),
        (('512, "pread64"', "512, 17"), "case read-512: expect.syscall: expected a string, found 17"),
        (('"$what", "$size"', '"expect", "$size"'), "case 2: columns: expect.syscall: expect is a column, too"),
    ],
)
def test_a_mistake_in_rows_is_one_line_that_names_row_and_key(
    of: Tree, change: tuple[str, str], complaint: str
) -> None:
    """Rows that cannot be meant are refused, with the place of the mistake."""
    text = ROWS.replace(*change)
    assert text != ROWS
    with pytest.raises(UsageError) as raised:
        load(of, text)
    said = str(raised.value)
    assert said.startswith(f"tests/guests/one/cases.toml: {complaint}")
    assert "\n" not in said


def test_the_guest_of_an_item_says_whether_it_is_compiled(of: Tree) -> None:
    """A guest beside a C program is compiled, one beside a Python module is made of bytes."""
    program = cases.guests_dir(of) / "one" / "one.c"
    for source, is_fixture in ((program, False), (program.with_suffix(".py"), True)):
        program = program.rename(source)
        (item,) = cases.items_of(load(of, GOOD), [Cell("spt", "x86_64")], full=False)
        assert item.guest.is_fixture == is_fixture
        assert source == item.guest.program


def test_an_unknown_job_is_answered_with_what_is_near() -> None:
    """A misspelt name of a job is one line with names that are like it."""
    known = cases.all_items(tree(), tree().cells(), full=True)[0].name
    (found,) = select(Request(cases=(known,)), tree()).items
    assert found.name == known
    with pytest.raises(UsageError) as raised:
        select(Request(cases=(known[:-1],)), tree())
    assert str(raised.value).startswith(f"case '{known[:-1]}': not known; near it: {known}")
