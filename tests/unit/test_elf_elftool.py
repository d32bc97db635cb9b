# SPDX-License-Identifier: ISC
"""solo5-elftool as a program: verbs, files, and errors of one line."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from solo5.elf import csource, manifest, notes, read, sample
from solo5.elf import object as elf_object
from solo5.elf.elftool import main
from solo5.facts import tree

_SOURCE = {
    "type": "solo5.manifest",
    "version": 1,
    "devices": [{"name": "disk", "type": "BLOCK_BASIC"}, {"name": "service", "type": "NET_BASIC"}],
}
_PARSED = manifest.parse(json.dumps(_SOURCE))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a manifest's source."""
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(_SOURCE))
    return path


def _binary(folder: Path, name: str) -> Path:
    path = folder / f"made.{name}"
    cell = next(cell for cell in tree().cells() if cell.arch == name)
    target = tree().target(cell.target)
    with_notes = sample.standard_notes(target, mft=_PARSED.encode())
    path.write_bytes(sample.unikernel(tree().arch(name), target, with_notes=with_notes).encode())
    return path


def _tool(*words: str | Path, **streams: int | bytes) -> subprocess.CompletedProcess[bytes]:
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    env = os.environ | {"PYTHONPATH": str(tree().root)}
    argv = [sys.executable, "-m", "solo5.elf.elftool", *map(str, words)]
    return subprocess.run(argv, env=env, check=False, **given)  # type: ignore[call-overload,no-any-return]


def test_c_and_object_by_their_options(source: Path, tmp_path: Path) -> None:
    """gen-manifest writes C, and with --object --arch an object file."""
    for name in tree().arch_names:
        assert 0 == main(["gen-manifest", "--object", "--arch", name, str(source), str(tmp_path / "out.o")])
        assert elf_object.write(_PARSED, tree().arch(name).elf) == (tmp_path / "out.o").read_bytes()
    assert 0 == main(["gen-manifest", str(source), str(tmp_path / "out.c")])
    assert csource.write(_PARSED) == (tmp_path / "out.c").read_text()


def test_a_dash_is_standard_input_and_output(source: Path, tmp_path: Path) -> None:
    """`-` reads and writes the standard streams, in either place and both."""
    binary = _binary(tmp_path, tree().arch_names[0])
    with source.open("rb") as given:
        done = _tool("gen-manifest", "-", "-", stdin=given.fileno())
    assert (0, csource.write(_PARSED).encode(), b"") == (done.returncode, done.stdout, done.stderr)
    with binary.open("rb") as given:
        done = _tool("query-manifest", "-", stdin=given.fileno())
    assert _SOURCE == json.loads(done.stdout)


@pytest.mark.parametrize("name", tree().arch_names)
def test_queries_read_files_of_every_architecture(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The machine that the tool runs on does not matter; the answers are the JSON of the contract."""
    binary = _binary(tmp_path, name)
    cell = next(cell for cell in tree().cells() if cell.arch == name)
    assert 0 == main(["query-abi", str(binary)])
    version = tree().target(cell.target).versions[-1]
    assert f'{{"type": "solo5.abi", "target": "{cell.target}", "version": {version}}}\n' == capfd.readouterr().out
    assert 0 == main(["query-manifest", str(binary)])
    assert _SOURCE == json.loads(capfd.readouterr().out)


@pytest.mark.parametrize("target", tree().target_names)
def test_every_known_target_has_its_name(target: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """query-abi names the target, also one that has no cell."""
    cell = tree().cells()[0]
    made = sample.unikernel(
        tree().arch(cell.arch),
        tree().target(cell.target),
        with_notes=sample.standard_notes(tree().target(target), version=7),
    )
    (tmp_path / "made").write_bytes(made.encode())
    assert 0 == main(["query-abi", str(tmp_path / "made")])
    assert {"type": "solo5.abi", "target": target, "version": 7} == json.loads(capfd.readouterr().out)


def test_batch_writes_every_pair_and_touches_no_other(source: Path, tmp_path: Path) -> None:
    """A build with nothing to do leaves outputs as old as they were."""
    other = tmp_path / "other.json"
    other.write_text(json.dumps(_SOURCE | {"devices": []}))
    outs = [tmp_path / "a.o", tmp_path / "b.o"]
    words = ["gen-manifest", "--object", "--arch", tree().arch_names[0], "--batch"]
    words += [str(each) for each in (source, outs[0], other, outs[1])]
    assert 0 == main(words)
    for out in outs:
        os.utime(out, ns=(1, 1))
    other.write_text(json.dumps(_SOURCE))
    assert 0 == main(words)
    assert (1, False) == (outs[0].stat().st_mtime_ns, outs[1].stat().st_mtime_ns == 1)
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_an_output_is_whole_or_not_there(source: Path, tmp_path: Path) -> None:
    """A refused source leaves the old output and no other file; a link stays one."""
    out, link = tmp_path / "out.c", tmp_path / "link.c"
    out.write_text("old")
    link.symlink_to(out)
    (tmp_path / "bad.json").write_text("{")
    assert 1 == main(["gen-manifest", str(tmp_path / "bad.json"), str(link)])
    assert "old" == out.read_text()
    assert 0 == main(["gen-manifest", str(source), str(link)])
    assert (True, csource.write(_PARSED)) == (link.is_symlink(), out.read_text())
    assert {"bad.json", "link.c", "manifest.json", "out.c"} == {path.name for path in tmp_path.iterdir()}


_MISTAKES = {
    "no verb": ([], "VERB"),
    "unknown verb": (["make"], "make"),
    "no binary": (["query-abi"], "BINARY"),
    "unknown option": (["query-abi", "--all", "x"], "--all"),
    "no output": (["gen-manifest", "{source}"], "SOURCE and OUTPUT"),
    "three files": (["gen-manifest", "{source}", "a", "b"], "SOURCE and OUTPUT"),
    "object of no architecture": (["gen-manifest", "--object", "{source}", "a"], "--arch"),
    "architecture of no object": (["gen-manifest", "--arch", "x", "{source}", "a"], "--object"),
    "unknown architecture": (["gen-manifest", "--object", "--arch", "vax", "{source}", "a"], "'vax': not known"),
    "missing source": (["gen-manifest", "/nowhere/m.json", "a"], "/nowhere/m.json: No such file"),
    "missing folder": (["gen-manifest", "{source}", "/nowhere/m.c"], "/nowhere/m.c: No such file"),
    "output that is the source": (["gen-manifest", "{source}", "{source}"], "is the source, too; name another"),
    "output that is a folder": (["gen-manifest", "{source}", "made/"], "'made/': a file expected"),
    "output without a name": (["gen-manifest", "{source}", ""], "'': a file expected"),
    "full output": (["gen-manifest", "{source}", "/dev/full"], "/dev/full: No space left"),
    "missing binary": (["query-abi", "/nowhere/guest"], "/nowhere/guest: No such file"),
    "folder": (["query-manifest", "/"], "/: Is a directory"),
    "no ELF file": (["query-manifest", "{source}"], "manifest.json: not an ELF file"),
    "host program": (["query-abi", sys.executable], "no Solo5 ABI note"),
}


@pytest.mark.parametrize("name", _MISTAKES)
def test_a_mistake_is_one_line_and_status_1(
    name: str, source: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Errors of the user are one line that begins with the program's name; the status is 1."""
    monkeypatch.chdir(source.parent)
    words, expected = _MISTAKES[name]
    assert 1 == main([word.replace("{source}", str(source)) for word in words])
    said = capfd.readouterr()
    assert ("", 1) == (said.out, len(said.err.splitlines()))
    assert said.err.startswith("solo5-elftool: ")
    assert expected in said.err


def test_a_target_of_nobody_is_named_by_number(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Target 5 is reserved: query-abi says so, and query-manifest answers all the same."""
    path = _binary(tmp_path, tree().arch_names[0])
    found = read.read_notes(path)
    old, new = (notes.encode(notes.ABI1, each.to_bytes(4, "little")) for each in (found.abi, 5))
    path.write_bytes(path.read_bytes().replace(old[20:] + b"\2\0\0\0" + bytes(8), new[20:] + b"\2\0\0\0" + bytes(8)))
    assert 1 == main(["query-abi", str(path)])
    assert "unknown ABI target 5" in capfd.readouterr().err
    assert 0 == main(["query-manifest", str(path)])


@pytest.mark.parametrize(("number", "name"), [(3, "virtio"), (4, "muen"), (6, "xen")])
def test_what_others_load_is_read_by_its_notes(
    number: int, name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A target without tender has a loader with rules of its own: of any machine, its segments may lie anywhere."""
    cell, path = tree().cells()[0], tmp_path / "made"
    own = dataclasses.replace(tree().target(cell.target), abi=number, versions=(1,))
    made = sample.unikernel(tree().arch(cell.arch), own, with_notes=sample.standard_notes(own, mft=_PARSED.encode()))
    path.write_bytes(made.with_header(machine=2, entry=1).changed("data", addr=0x4020_0001).encode())
    assert 0 == main(["query-abi", str(path)])
    assert {"type": "solo5.abi", "target": name, "version": 1} == json.loads(capfd.readouterr().out)
    assert 0 == main(["query-manifest", str(path)])
    assert _SOURCE == json.loads(capfd.readouterr().out)


def test_a_full_or_closed_output_is_an_error(tmp_path: Path) -> None:
    """An answer that could not be written is no success, and never a traceback."""
    binary = _binary(tmp_path, tree().arch_names[0])
    with Path("/dev/full").open("wb") as full:
        done = _tool("query-abi", binary, stdout=full.fileno())
    assert (1, b"solo5-elftool: standard output: No space left on device\n") == (done.returncode, done.stderr)
    shell = f'exec "{sys.executable}" -m solo5.elf.elftool query-abi "{binary}" >&-'
    env = os.environ | {"PYTHONPATH": str(tree().root)}
    closed = subprocess.run(["/bin/sh", "-c", shell], env=env, capture_output=True, check=False)
    assert (1, b"solo5-elftool: standard output: Bad file descriptor\n") == (closed.returncode, closed.stderr)


def test_help_is_no_error(capfd: pytest.CaptureFixture[str]) -> None:
    """--help names the verbs on standard output."""
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    assert "gen-manifest" in capfd.readouterr().out


def test_sections_do_not_matter_to_queries(tmp_path: Path) -> None:
    """A file whose section headers are nonsense runs; elftool reads it too."""
    whole = bytearray(_binary(tmp_path, tree().arch_names[0]).read_bytes())
    whole[40:48] = b"\xff" * 8  # e_shoff
    whole[58:64] = b"\xff" * 6  # size, count and names of sections
    assert _PARSED == read.notes_of(io.BytesIO(bytes(whole))).manifest()
