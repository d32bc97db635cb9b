# SPDX-License-Identifier: ISC
"""solo5.facts: what there is, and that nothing of it is written down in Python."""

from __future__ import annotations

import ast
import dataclasses
import re
import shutil
from pathlib import Path

import pytest

from solo5.errors import UsageError
from solo5.facts import Arch, Cell, Compiler, Target, Tree, tree


@pytest.fixture
def copy(tmp_path: Path) -> Tree:
    """Return a tree of the real facts, to be changed."""
    shutil.copytree(tree().root / "toolchains", tmp_path / "toolchains")
    return Tree(tmp_path)


def test_the_folders_are_the_lists(copy: Tree) -> None:
    """A file more is a name more, of each kind."""
    for kind, names in (("arch", "arch_names"), ("target", "target_names"), ("compiler", "compiler_names")):
        folder = copy.root / "toolchains" / kind
        before = getattr(copy, names)
        shutil.copy(folder / f"{before[0]}.toml", folder / "dummy.toml")
        assert sorted((*before, "dummy")) == list(getattr(copy, names))


def test_every_file_can_be_read() -> None:
    """Each architecture, target, compiler and cell of the tree has the facts that its class asks for."""
    assert tree().arch_names == tuple(arch.name for arch in tree().archs())
    assert tree().target_names == tuple(target.name for target in tree().targets())
    assert tree().compiler_names == tuple(tree().compiler(name).name for name in tree().compiler_names)
    assert {0} == {tree().page_size(cell) % tree().arch(cell.arch).elf.page_size for cell in tree().cells()}


def test_an_unknown_name_prints_the_known_ones() -> None:
    """A name that is not there is one line with those that are."""
    for find, known in ((tree().arch, tree().arch_names), (tree().compiler, tree().compiler_names)):
        with pytest.raises(UsageError, match=f"'vax': not known; known: {', '.join(known)}$"):
            find("vax")
    with pytest.raises(UsageError, match=f"cell 'spt': not known; known: {tree().cells()[0]}, "):
        tree().cell("spt")


def test_a_key_with_a_default_edits_no_file(copy: Tree) -> None:
    """Each optional fact of today may be missing from every file, and a mistake names file and key."""
    for kind, cls in (("arch", Arch), ("target", Target), ("compiler", Compiler)):
        optional = {each.name for each in dataclasses.fields(cls) if each.default is not dataclasses.MISSING}
        path = next((copy.root / "toolchains" / kind).glob("*.toml"))
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if line.split(" =")[0] not in optional))
        getattr(copy, kind)(path.stem)
        path.write_text(f"solo5 = 5\n{path.read_text()}")
        with pytest.raises(UsageError) as raised:
            getattr(copy, kind)(path.stem)
        assert str(raised.value).startswith(f"{path}: solo5: unknown key; known: ")


@pytest.mark.parametrize("text", ["{tripel}-cc", "{triple", "cc}", "{}", "{0}", "{cpu!x}", "{cpu.x}", "{cpu:5}"])
def test_a_wrong_brace_in_a_compilers_file_names_file_and_key(copy: Tree, text: str) -> None:
    """What is in braces is a known name and nothing else; a brace itself is written twice."""
    name = copy.default_compiler
    path = copy.root / "toolchains" / "compiler" / f"{name}.toml"
    lines = [f'cc = "{text}"' if line.startswith("cc =") else line for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines))
    known = "{triple}, {triple_dashed}, {cpu}, {debian}"
    with pytest.raises(UsageError) as raised:
        copy.compiler(name)
    expected = f"{path}: cc: known in braces: {known}; found {text!r}; a brace itself is written twice"
    assert expected == str(raised.value)
    path.write_text("\n".join(lines).replace(f'"{text}"', '"a{{b}}"'))
    assert "a{b}" == copy.compiler(name).for_arch(copy.archs()[0]).cc


@pytest.mark.parametrize("size", [0, 3, 0x1800, -4096])
def test_an_architectures_page_size_is_a_power_of_two(copy: Tree, size: int) -> None:
    """Any other is refused with file and key."""
    path = copy.root / "toolchains" / "arch" / f"{copy.arch_names[0]}.toml"
    text, count = re.subn(r"^page_size = \S+", f"page_size = {size}", path.read_text(), flags=re.MULTILINE)
    assert 1 == count
    path.write_text(text)
    with pytest.raises(UsageError) as raised:
        copy.arch(path.stem)
    assert f"{path}: elf.page_size: expected a power of 2, found {size:#x}" == str(raised.value)


def test_exactly_one_compiler_is_the_default(copy: Tree) -> None:
    """The file of a compiler says so; none and two are a mistake that names the folder."""
    folder = copy.root / "toolchains" / "compiler"
    default = folder / f"{copy.default_compiler}.toml"
    assert copy.compiler() == copy.compiler(default.stem)
    assert copy.compiler().default
    shutil.copy(default, folder / "another.toml")
    with pytest.raises(UsageError, match=f"one file has to say `default = true`; another, {default.stem} do$"):
        copy.compiler()
    for path in folder.iterdir():
        path.write_text(path.read_text().replace("default = true\n", ""))
    with pytest.raises(UsageError, match=r"one file has to say `default = true`; none does$"):
        copy.compiler()


def test_the_default_compiler_builds_where_no_other_is_named(copy: Tree) -> None:
    """The default compiler's build folder has the architecture's name, another's both names."""
    other = next(name for name in copy.compiler_names if name != copy.default_compiler)
    assert copy.build_dir("a") == copy.build_dir("a", copy.default_compiler) == copy.build_root / "a"
    assert copy.build_dir("a", other) == copy.build_root / f"a-{other}"


def test_cells_of_a_checkout_are_folders_of_sources(copy: Tree) -> None:
    """In a checkout a cell is a folder; without one, a file of facts."""
    cell = Cell(copy.target_names[0], copy.arch_names[0])
    assert () == copy.cells()
    (copy.root / "bindings" / "arch" / cell.arch / cell.target).mkdir(parents=True)
    assert (cell,) == copy.cells()
    installed = Tree(copy.root, is_checkout=False)
    known = installed.cells()
    assert cell not in known
    (copy.root / "toolchains" / "cell").mkdir(exist_ok=True)
    (copy.root / "toolchains" / "cell" / f"{cell}.toml").touch()
    assert {cell, *known} == set(installed.cells())


def test_no_name_of_a_kind_is_written_in_python() -> None:
    """No text of the package is the name of an architecture, a target or a cell; none of its facts, a compiler's."""
    # Elsewhere, a compiler's name is also that of a program, and of a package to install.
    package, names = tree().checkout.root / "solo5", {*tree().arch_names, *tree().target_names}
    names |= {str(cell) for cell in tree().cells()}
    compilers = set(tree().compiler_names)
    written = [
        f"{source.relative_to(package)}:{node.lineno}: {node.value}"
        for source in sorted(package.rglob("*.py"))
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Constant)
        and (node.value in names or (source.parent.name == "facts" and node.value in compilers))
    ]
    assert [] == written


def test_a_changed_file_is_read_again(copy: Tree) -> None:
    """Facts are read once, but are never older than their file."""
    name = copy.arch_names[0]
    assert copy.arch(name) is copy.arch(name)
    file = copy.root / "toolchains" / "arch" / f"{name}.toml"
    size = copy.arch(name).elf.page_size
    file.write_text(file.read_text().replace(f"page_size = {size:#x}\n", "page_size = 0x10000000\n"))
    assert 0x10000000 == copy.arch(name).elf.page_size
