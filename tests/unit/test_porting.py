# SPDX-License-Identifier: ISC
"""docs/porting.md, followed in a copy of the tree: a new architecture is new files only.

The page is read here: its tables say which files there are, step by step, and
its blocks what is run. The new architecture is an existing one under another
name.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from solo5 import documents
from solo5.builder import Built, build, loc
from solo5.facts import Cell, Tree, tree
from solo5.matrix import table
from solo5.matrix.report import cell_states

_NEW: Final = "vax"
_PAGE: Final = "docs/porting.md"
#: Not a part of the tree: what is made, and what tools leave. What is hidden is none, either, but for .ci.
_NO_SOURCES: Final = shutil.ignore_patterns("__pycache__", "*.egg-info", ".[!c]*", ".c[!i]*")


@dataclass(frozen=True)
class Step:
    """A part of the page: what to write, and what to run then."""

    title: str
    files: tuple[str, ...]
    """Paths; in <...> stand names."""
    names: tuple[tuple[str, str], ...]
    """In which file the architecture's name stands, and as what."""
    commands: tuple[str, ...]


def _step(text: str) -> Step:
    files: list[str] = []
    names: list[tuple[str, str]] = []
    for each in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        head, _, *rows = each.splitlines()
        for row in rows:
            first, *others = re.findall(r"`([^`]+)`", row)
            if head == "| in | as |":
                names += [(first, other) for other in others]
            elif head.startswith("| file |"):
                files.append(first)
    blocks = re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return Step(text.partition("\n")[0], tuple(files), tuple(names), tuple("".join(blocks).splitlines()))


def _steps() -> tuple[Step, ...]:
    """Return the steps to a new architecture."""
    text = (tree().root / _PAGE).read_text()
    part = text.partition("\n## An architecture\n")[2].partition("\n## ")[0]
    return tuple(_step(each) for each in part.split("\n### ")[1:])


def _pattern(file: str, arch: str) -> re.Pattern[str]:
    """Return what a path of the page can be for an architecture."""
    parts = re.split(r"(<\w+>)", file)
    named = {"<arch>": re.escape(arch)}
    return re.compile(
        "".join(named.get(part, r"[\w.]+") if part.startswith("<") else re.escape(part) for part in parts)
    )


def _files(root: Path) -> Iterator[str]:
    """Yield the paths of a tree's sources."""
    made = {root / "build", Tree(root).build_root}
    for folder, names, files in os.walk(root):
        dropped = _NO_SOURCES(folder, [*names, *files])
        names[:] = [name for name in names if name not in dropped and Path(folder, name) not in made]
        yield from (str(Path(folder, name).relative_to(root)) for name in files if name not in dropped)


def _is_of(path: str, arch: str) -> bool:
    """Tell whether a path has an architecture's name in it."""
    return re.search(rf"(?<![A-Za-z0-9_]){arch}(?![A-Za-z0-9_])", path) is not None


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the tree, without what is built, whose files can be written even if the tree's cannot."""
    root = tmp_path / "tree"
    for path in _files(tree().root):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tree().root / path, root / path)
    return root


def _digests(root: Path) -> dict[str, str]:
    return {path: hashlib.sha256((root / path).read_bytes()).hexdigest() for path in _files(root)}


def _environment(root: Path) -> dict[str, str]:
    # What a test's own process was told is not meant for the sessions that it starts.
    settings = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**settings, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}


def _run(root: Path, *words: str) -> str:
    """Run a Python module in a copy; return what it says."""
    return _python(root, "-m", *words)


def _python(root: Path, *words: str) -> str:
    argv = [sys.executable, *words]
    done = subprocess.run(argv, cwd=root, env=_environment(root), capture_output=True, text=True, check=False)
    assert 0 == done.returncode, f"{' '.join(words)}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


def _sessions(root: Path) -> set[str]:
    said = _run(root, "nox", "-l", "-f", str(root / "noxfile.py"))
    return set(re.findall(r"^[*-] ([\w-]+)", said, re.MULTILINE))


def _add_facts(root: Path) -> None:
    """Follow step 1 of the page."""
    archs = root / "toolchains" / "arch"
    shutil.copy(archs / f"{tree().arch_names[0]}.toml", archs / f"{_NEW}.toml")


def test_its_facts_make_its_sessions_and_its_missing_cells(copy: Path) -> None:
    """After step 1 the build session is there, the table has its column, each cell missing, and no file has changed."""
    before = _digests(copy)
    _add_facts(copy)
    assert f"build-{_NEW}" in _sessions(copy)
    of = Tree(copy)
    lines = table.lines(cell_states(of, []))
    column = lines[0].index(_NEW)
    width = len(max(("missing", *of.arch_names), key=len))
    assert ["missing"] * len(of.target_names) == [line[column : column + width].split()[0] for line in lines[1:]]
    after = _digests(copy)
    assert before == {path: after[path] for path in before}
    assert {f"toolchains/arch/{_NEW}.toml"} == set(after) - set(before)


def test_its_bindings_make_its_cell(copy: Path) -> None:
    """After its folder is there the cell exists, with a session that tests it."""
    _add_facts(copy)
    target = tree().target_names[0]
    assert f"test-{target}-{_NEW}" not in _sessions(copy)
    (copy / "bindings" / "arch" / _NEW / target).mkdir(parents=True)
    assert f"test-{target}-{_NEW}" in _sessions(copy)
    assert Tree(copy).has_cell(Cell(target, _NEW))


@pytest.mark.parametrize("arch", tree().arch_names)
def test_the_page_names_every_file_of_an_architecture(arch: str) -> None:
    """No file has an architecture's name in its path but those that the page lists."""
    patterns = [_pattern(file, arch) for step in _steps() for file in step.files]
    paths = [path for path in _files(tree().root) if _is_of(path, arch)]
    assert [] == [path for path in paths if not any(pattern.fullmatch(path) for pattern in patterns)]
    assert [] == [
        path for path in (f"toolchains/arch/{arch}.toml", f"bindings/arch/{arch}/arch.h") if path not in paths
    ]


#: Answers to "where would I put ...", for what is not there yet.
_EXAMPLES: Final = ("bindings/virtio/queue.c", "tenders/host/freebsd/tap.c", "solo5/places/remote.py")


@pytest.mark.parametrize("page", [_PAGE, "ARCHITECTURE.md"])
def test_what_the_page_points_to_exists(page: str) -> None:
    """A path on the page without a name to be filled in is one of the tree; of an example, at least its kind."""
    text = (tree().root / page).read_text()
    paths = re.findall(r"`((?:agent|bindings|docs|guests|pins|solo5|tenders|tests|toolchains)/[^`<]*)`", text)
    assert [] != paths
    wanted = [str(Path(path).parent.parent) if path in _EXAMPLES else path for path in paths]
    assert [] == [path for path in wanted if not (tree().root / path).exists()]


def _whole() -> str:
    """Return the architecture that has most files, this computer's if there are several."""

    def rank(name: str) -> tuple[int, bool]:
        return sum(_is_of(path, name) for path in _files(tree().root)), tree().arch(name).is_host

    return max(tree().arch_names, key=rank)


def _write(root: Path, step: Step, old: str) -> None:
    """Write the files of a step, as those of an existing architecture are."""
    for file in step.files:
        for path in [path for path in _files(tree().root) if _pattern(file, old).fullmatch(path)]:
            before, _, after = file.partition("<arch>")
            at = re.compile(_pattern(before, old).pattern).match(path)
            assert at is not None
            new = root / f"{path[: at.end()]}{_NEW}{path[at.end() + len(old) :]}"
            assert not new.exists()
            assert after.rpartition("/")[2] in new.name
            new.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tree().root / path, new)
    for file, phrase in step.names:
        written = root / file.replace("<arch>", _NEW)
        text = written.read_text()
        assert phrase.replace("<arch>", old) in text
        written.write_text(text.replace(phrase.replace("<arch>", old), phrase.replace("<arch>", _NEW)))


#: Prints the names of what is planned for an architecture.
_PLAN: Final = """
import sys
from solo5.facts import tree
from solo5.matrix import plan
from solo5.matrix.request import Request, select

request = Request(cells=tuple(str(cell) for cell in tree().cells() if cell.arch == sys.argv[1]))
made, _ = plan.make(select(request, tree()), request, tree())
print(*(item.name for item in made.items), sep="\\n")
"""


def _follow(root: Path, line: str, old: str) -> None:
    """Run a line of the page; of a session with every case, all but the cases."""
    line = line.replace("<arch>", _NEW)
    first, *words = shlex.split(line)
    if first == "solo5":
        said = _run(root, "solo5.cli", *words)
        if words[0] == "shell":
            assert said.splitlines()[-1] == (tree().arch(old).uname or old)
        return
    assert "./noxw" == first
    every = line.startswith("./noxw -s test-") and "--" not in words
    said = _run(root, "nox", "-f", str(root / "noxfile.py"), *words, *(["--", "--dry-run"] if every else []))
    if "-l" in words:
        assert f"build-{_NEW} " in said
    if "--case" in words:
        assert re.search(r"\b1 passed\b", said)


def test_a_copied_architecture_builds_plans_and_is_in_the_readme(copy: Path) -> None:
    """Under a new name it builds whole, and has each case; no line of an existing file changes that no verb writes."""
    old, before = _whole(), _digests(copy)
    for step in _steps():
        _write(copy, step, old)
        facts = copy / "toolchains" / "arch" / f"{_NEW}.toml"
        if "uname" not in facts.read_text():
            # Its name is ours; the kernel has another one.
            facts.write_text(f'uname = "{tree().arch(old).uname or old}"\n{facts.read_text()}')
        for line in step.commands:
            _follow(copy, line, old)
    of = Tree(copy)

    build(tree().arch(old))

    # It is built: what there is of the other, there is of it.
    built = Built.at(of, of.arch(_NEW)).dir
    cells = [cell for cell in tree().cells() if cell.arch == old]
    assert (built / "check.stamp").exists()
    assert cells == [Cell(cell.target, old) for cell in of.cells() if cell.arch == _NEW]
    for cell in cells:
        assert (built / "tests" / "guests" / f"hello.{cell.target}").exists()
        names = {each.program for each in loc.counts(cell, tree())}
        assert names == {each.program for each in loc.counts(Cell(cell.target, _NEW), of)}

    # It has a plan, of the same cases.
    assert _python(copy, "-c", _PLAN, _NEW) == _python(tree().root, "-c", _PLAN, old).replace(old, _NEW)

    # Nothing of the tree has changed but what a verb writes.
    _run(copy, "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/test_readme.py")
    after = _digests(copy)
    assert set(before) <= set(after)
    assert [] == [path for path in set(after) - set(before) if not _is_of(path, _NEW)]
    changed = {path for path in before if before[path] != after[path]}
    assert {block.file for block in documents.BLOCKS} == changed
    for file in changed:
        texts = [(root / file).read_text() for root in (tree().root, copy)]
        for block in documents.BLOCKS:
            if block.file == file:
                assert f" {_NEW} |" in block.text(texts[1]) or block.name in {"verbs", "boundaries"}
                texts = [block.replaced(text, "") for text in texts]
        assert texts[0] == texts[1]


def test_no_document_lists_the_architectures() -> None:
    """A new one makes no line of a document wrong, outside of blocks that a verb writes and of the changelog."""
    for path in [path for path in _files(tree().root) if path.endswith(".md") and path != "CHANGELOG.md"]:
        text = (tree().root / path).read_text()
        for block in documents.BLOCKS:
            if block.file == path:
                text = block.replaced(text, "")
        assert [] == [line for line in text.splitlines() if all(name in line for name in tree().arch_names)], path


#: Words that mean a processor to a C compiler, a linker or a reader.
_PROCESSORS = re.compile(
    r"x86|amd64|\bi386\b|aarch64|arm64|ppc|powerpc|riscv|s390|__x86_64__|__aarch64__|__powerpc", re.IGNORECASE
)


@pytest.mark.parametrize("folder", ["agent", "bindings", "guests", "tenders", "solo5", "noxfile.py", "meson.build"])
def test_generic_code_names_no_processor(folder: str) -> None:
    """Outside folders and files of an architecture, no code names one: it tests a property or calls a hook."""
    top = tree().root / folder
    files = [top] if top.is_file() else sorted(top.rglob("*"))
    kinds = {".c", ".h", ".S", ".py", ".build", ".in", ".toml"}
    generic = [
        path
        for path in files
        if path.is_file() and path.suffix in kinds and "arch" not in path.relative_to(tree().root).parts[:-1]
    ]
    assert [] != generic
    named = [
        f"{path.relative_to(tree().root)}:{number}: {line.strip()}"
        for path in generic
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if _PROCESSORS.search(line)
    ]
    assert [] == named
