# SPDX-License-Identifier: ISC
"""What a program of this host has to carry along to start where nothing of this host is.

That is its interpreter, and the libraries that the dynamic linker would open
(ld.so(8)), each at its own path, so that it starts there as it does here.
All this is read from the files: nothing is run. Of a script, it is what its
first line names, and the programs that it calls by a path.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.segments import InterpSegment

from solo5 import proc
from solo5.elf.check import DAMAGE
from solo5.elf.numbers import MAGIC
from solo5.errors import ToolMissingError, UsageError
from solo5.facts import Arch

__all__ = ["files", "is_script"]

#: Where the linkers of glibc and musl look last, whatever they were configured with.
_FOLDERS: Final = ("/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib")
_CACHE: Final = Path("/etc/ld.so.cache")
_LDCONFIG: Final = Path("/sbin/ldconfig")
_CACHED: Final = re.compile(r"^\t(\S+) \(.*\) => (/.*)$", re.MULTILINE)
_LDCONFIG_DEADLINE_S: Final = 20.0
#: Names that musl's linker takes for itself (musl, ldso/dynlink.c): it is the C library.
_MUSL: Final = "ld-musl-"
_MUSL_OWN: Final = re.compile(r"lib(c|pthread|rt|m|dl|util|xnet)\.")
#: Folders that a place has of its own (agent/main.c, agent/job.h), and the longest path that it takes, bytes.
_OF_PLACES: Final = ("/dev/", "/proc/", "/sys/", "/job/")
_MOST_BYTES: Final = 255
#: e_machine of an Elf64_Ehdr (System V gABI).
_MACHINE: Final = struct.Struct("<18xH")
_SCRIPT: Final = b"#!"
#: Of a script, all that can be a program's path, as it is or from the script's folder.
_CALLED: Final = re.compile(rb"[\w.+-]*/[\w./+-]*\w")


@dataclass(frozen=True)
class _Object:
    """A program or a library, as the dynamic linker reads it."""

    path: Path
    machine: int
    interpreter: str | None
    """PT_INTERP."""
    needed: tuple[str, ...]
    rpath: tuple[str, ...]
    """Searched for what it and its libraries need, unless there is a RUNPATH."""
    runpath: tuple[str, ...]


def is_script(program: Path) -> bool:
    """Tell whether a file names a program that reads it."""
    with program.open("rb") as file:
        return file.read(len(_SCRIPT)) == _SCRIPT


def files(program: Path, arch: Arch) -> dict[str, Path]:
    """Return what a place must hold so that a program of an architecture starts there: path in it, file here.

    Raises UsageError if it is no such program, ToolMissingError if something
    that it needs is not here.
    """
    found = dict(_carried(program, arch, set()))
    for path in found:
        if path.startswith(_OF_PLACES) or len(os.fsencode(path)) > _MOST_BYTES:
            message = (
                f"{path}: cannot be at its own path in a place: that has at most {_MOST_BYTES} bytes, and is not "
                f"below {', '.join(_OF_PLACES)}; name a copy elsewhere"
            )
            raise UsageError(message)
    return found


def _carried(program: Path, arch: Arch, seen: set[Path]) -> Iterator[tuple[str, Path]]:
    """Yield what a program carries along, itself first."""
    if program in seen:
        return
    seen.add(program)
    yield os.path.normpath(program), program
    if is_script(program):
        for each in _called(program):
            yield from _carried(each, arch, seen)
    else:
        yield from _linked(program, arch)


def _called(script: Path) -> Iterator[Path]:
    """Yield the programs that a script needs: its interpreter, and what it calls by a path."""
    text = script.read_bytes()
    first = os.fsdecode(text.partition(b"\n")[0][len(_SCRIPT) :]).split()
    interpreter = Path(first[0]) if first else Path("?")
    if not interpreter.is_file():
        message = f"{script}: its interpreter {interpreter} is not on this host"
        raise ToolMissingError(message)
    yield interpreter
    if interpreter.name == "env" and len(first) > 1 and (found := shutil.which(first[1])):
        yield Path(found)
    for word in map(os.fsdecode, dict.fromkeys(_CALLED.findall(text))):
        for path in (Path(word), Path(os.path.normpath(script.parent / word.lstrip("/")))):
            if path.is_absolute() and path.is_file() and os.access(path, os.X_OK):
                yield path


def _linked(program: Path, arch: Arch) -> Iterator[tuple[str, Path]]:
    """Yield the interpreter and libraries of a program; none if it is static."""
    main = _read(program)
    if main is None or main.machine != arch.elf.machine:
        seen = "no script, and no whole ELF file" if main is None else f"a program for ELF machine {main.machine}"
        message = f"{program}: is {seen}; expected a program for {arch.name}, ELF machine {arch.elf.machine}"
        raise UsageError(message)
    if main.interpreter is None:
        return
    interpreter = Path(main.interpreter)
    if not interpreter.is_file():
        message = f"{program}: its interpreter {interpreter} is not on this host; install it, or link the program anew"
        raise ToolMissingError(message)
    yield str(interpreter), interpreter
    if _CACHE.is_file():
        yield str(_CACHE), _CACHE
    cached = _cached()
    searched: list[tuple[_Object, tuple[Path, ...]]] = [(main, ())]
    names = {interpreter.name}
    for each, inherited in searched:
        rpath = (*_folders(each, each.rpath), *inherited)
        folders = _folders(each, each.runpath) if each.runpath else rpath
        for name in each.needed:
            if name in names or (interpreter.name.startswith(_MUSL) and _MUSL_OWN.match(name)):
                continue
            names.add(name)
            last = (interpreter.parent, *map(Path, _FOLDERS))
            found = _find(name, (folders, cached.get(name, ()), last), main.machine)
            if not found:
                where = ", ".join(map(str, (*folders, _CACHE, *dict.fromkeys(last))))
                needs = program if each is main else f"{program}: {each.path}"
                message = f"{needs}: needs {name}, which is not on this host; looked in {where}"
                raise ToolMissingError(message)
            yield from ((os.path.normpath(library.path), library.path) for library in found)
            searched.append((found[0], () if each.runpath else rpath))


def _find(
    name: str, stages: tuple[Sequence[Path], Sequence[Path], Sequence[Path]], machine: int
) -> tuple[_Object, ...]:
    """Return the file that a library's name means, or those: of a list for several processors, all."""
    if "/" in name:
        return _fitting([Path(name)] if name.startswith("/") else (), machine)
    first, cached, last = stages
    for paths in ([folder / name for folder in first], cached, [folder / name for folder in last]):
        if found := _fitting(paths, machine):
            # Which of several the linker takes depends on the processor; in a place it may be another one.
            return found if paths is cached else found[:1]
    return ()


def _fitting(paths: Sequence[Path], machine: int) -> tuple[_Object, ...]:
    """Return those that can be loaded: the linker passes over files of other machines."""
    objects = (_read(path) for path in paths)
    return tuple(each for each in objects if each is not None and each.machine == machine)


def _folders(each: _Object, paths: Sequence[str]) -> tuple[Path, ...]:
    """Return the folders of an RPATH or RUNPATH; those with a token that depends on the host are left out."""
    origin = str(each.path.resolve().parent if each.interpreter else each.path.parent)
    named = (path.replace("${ORIGIN}", origin).replace("$ORIGIN", origin) for path in paths)
    return tuple(Path(path) for path in named if path.startswith("/") and "$" not in path)


def _cached() -> Mapping[str, tuple[Path, ...]]:
    """Return what ldconfig has found, by name; nothing on systems without it."""
    found: dict[str, tuple[Path, ...]] = {}
    if _LDCONFIG.exists() and _CACHE.is_file():
        said = proc.run([_LDCONFIG, "-p"], deadline_s=_LDCONFIG_DEADLINE_S).stdout
        for name, path in _CACHED.findall(said.decode(errors="surrogateescape")):
            found[name] = (*found.get(name, ()), Path(path))
    return found


def _read(path: Path) -> _Object | None:
    """Return an ELF file's part for the dynamic linker; None: it is none, or cannot be read."""
    interpreter: str | None = None
    texts: dict[str, list[str]] = {"needed": [], "rpath": [], "runpath": []}
    try:
        with path.open("rb") as file:
            head = file.read(_MACHINE.size)
            if not head.startswith(MAGIC):
                return None
            (machine,) = _MACHINE.unpack(head)
            for segment in ELFFile(file).iter_segments():
                if isinstance(segment, InterpSegment):
                    interpreter = segment.get_interp_name()
                elif isinstance(segment, DynamicSegment):
                    for name, found in texts.items():
                        found.extend(getattr(tag, name) for tag in segment.iter_tags(f"DT_{name.upper()}"))
    except (OSError, *DAMAGE):
        return None
    rpath, runpath = (tuple(each for text in texts[name] for each in text.split(":")) for name in ("rpath", "runpath"))
    return _Object(path, machine, interpreter, tuple(texts["needed"]), rpath, runpath)
