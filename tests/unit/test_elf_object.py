# SPDX-License-Identifier: ISC
"""What gen-manifest writes: C and object files that say the same, and link."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from solo5.elf import csource, notes
from solo5.elf import object as elf_object
from solo5.elf.manifest import Device, DeviceType, Manifest
from solo5.facts import tree

_MANIFEST = Manifest((Device("disk", DeviceType.BLOCK_BASIC), Device("x" * 67, DeviceType.NET_BASIC)))
_FULL = Manifest(tuple(Device(f"device{index}", DeviceType(1 + index % 2)) for index in range(63)))
_ARCHS = tree().arch_names


def _run(*words: str | Path) -> str:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True).stdout


def _section(made: Path) -> bytes:
    """Return the note's section as objcopy finds it by name."""
    taken = made.with_suffix(".bin")
    _run("objcopy", "-O", "binary", "-j", ".note.solo5.manifest", made, taken)
    return taken.read_bytes()


def _compiled(manifest: Manifest, folder: Path, name: str, *options: str) -> Path:
    compiler = tree().compiler().for_arch(tree().arch(name))
    source, made = folder / f"{name}.c", folder / f"{name}.cc.o"
    source.write_text(csource.write(manifest))
    include = tree().root / "bindings" / "include" / "solo5"
    warn = ("-Wall", "-Wextra", "-Wmissing-declarations", "-Werror")
    _run(compiler.cc, "-std=c11", "-ffreestanding", *warn, f"-I{include}", *options, "-c", source, "-o", made)
    return made


def _written(manifest: Manifest, folder: Path, name: str) -> Path:
    made = folder / f"{name}.object.o"
    made.write_bytes(elf_object.write(manifest, tree().arch(name).elf))
    return made


@pytest.mark.parametrize("manifest", [Manifest(()), _MANIFEST, _FULL], ids=["none", "two", "63"])
def test_the_object_holds_what_a_compiler_makes_of_the_c(manifest: Manifest, tmp_path: Path) -> None:
    """The note is the same bytes, whether the C is compiled or the object written."""
    host = tree().host_arch()
    if host is None:
        pytest.skip("this host's architecture is not one of the tree's: its compiler makes other notes")
    compiled = _section(_compiled(manifest, tmp_path, host.name))
    assert compiled == _section(_written(manifest, tmp_path, host.name))
    assert compiled == elf_object.note(manifest)


@pytest.mark.parametrize("name", _ARCHS)
def test_the_object_declares_what_a_compilers_object_does(name: str, tmp_path: Path) -> None:
    """Readelf sees the same machine, flags, symbol and section in both."""

    def facts(made: Path) -> dict[str, object]:
        header = _run("readelf", "-hW", made)
        symbols = [line.split()[2:] for line in _run("readelf", "-sW", made).splitlines() if "__solo5" in line]
        sections = re.findall(
            r"\] (\.note\S+)\s+(\S+)\s+\S+ \S+ (\S+) \S+\s+(A?)\s.*\s(\d+)$", _run("readelf", "-SW", made), re.MULTILINE
        )
        return {
            "head": [
                line for line in header.splitlines() if re.match(r"\s+(Class|Data|OS/ABI|Type|Machine|Flags):", line)
            ],
            # Size, type, binding, visibility, name; not the section's index.
            "symbol": [[*line[:4], line[-1]] for line in symbols],
            "notes": {part[0]: part[1:] for part in sections if "solo5" in part[0]},
            "stack": [part[3] for part in sections if "GNU-stack" in part[0]],
        }

    compiled = facts(_compiled(_MANIFEST, tmp_path, name, *tree().arch(name).compiler.guest_flags))
    assert ["344", "OBJECT", "GLOBAL", "DEFAULT", "__solo5_mft1_note"] in compiled["symbol"]  # type: ignore[operator]
    assert compiled == facts(_written(_MANIFEST, tmp_path, name))


@pytest.mark.parametrize("name", _ARCHS)
def test_readelf_has_nothing_to_complain_of(name: str, tmp_path: Path) -> None:
    """The object is sound as a whole.

    But for its note: readelf does not count the bytes that align a note of
    alignment 8 as content, and the contract does.
    """
    made = _written(_FULL, tmp_path, name)
    done = subprocess.run(["readelf", "-hSsrlW", made], capture_output=True, text=True, check=True)
    assert "" == done.stderr
    assert "Warning" not in done.stdout


@pytest.mark.parametrize("name", _ARCHS)
def test_the_object_links_beside_a_compilers(name: str, tmp_path: Path) -> None:
    """A program's own code may name the note; GNU ld takes both objects without a word."""
    compiler = tree().compiler().for_arch(tree().arch(name))
    program = tmp_path / "program.c"
    program.write_text(
        "extern const int __solo5_mft1_note; int _start(void); int _start(void) { return __solo5_mft1_note; }\n"
    )
    linked = tmp_path / "linked"
    done = subprocess.run(
        [compiler.cc, *tree().arch(name).compiler.guest_flags, "-ffreestanding", "-fno-pic", "-no-pie", "-static",
         "-nostdlib", "-Wl,--fatal-warnings", program, _written(_MANIFEST, tmp_path, name), "-o", linked],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert (0, "") == (done.returncode, done.stderr)
    # The text of notes is all that readelf shows of it here: no PT_NOTE of its own without our script.
    assert elf_object.note(_MANIFEST) in linked.read_bytes()
    stack = re.search(r"GNU_STACK.*", _run("readelf", "-lW", linked))
    assert stack is not None
    assert " RWE " not in stack[0]


def test_the_header_and_python_agree_on_numbers() -> None:
    """Types, sizes and owner in mft_abi.h and elf_abi.h are those of Python."""
    include = tree().root / "bindings" / "include" / "solo5"
    text = (include / "mft_abi.h").read_text() + (include / "elf_abi.h").read_text()
    numbers = {name: int(value.rstrip("u"), 0) for name, value in re.findall(r"#define (\w+) (0x\w+|\d+u?)\b", text)}
    assert (notes.MFT1, notes.ABI1) == (numbers["MFT1_NOTE_TYPE"], numbers["SOLO5_ABI1_NOTE_TYPE"])
    assert numbers["MFT1_NOTE_MAX_DESCSZ"] == len(elf_object.note(_FULL)) - notes.HEADER.size
