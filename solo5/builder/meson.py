# SPDX-License-Identifier: ISC
"""Runs Meson and Ninja: from the tree's facts to a folder of built files.

One folder per architecture, and two for what this host itself loads. The
machine files that tell Meson about compiler and tree are written here and
nowhere else; what is built, the meson.build files say.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import solo5
from solo5 import debian, interrupt, kept, ours, outside, proc, progress, scratch
from solo5.builder.prefix import merge
from solo5.errors import BuildError, ToolMissingError
from solo5.facts import BUILD_VARIABLE, Arch, Cell, Target, Tree, tree
from solo5.needs import NATIVE_COMPILER

#: A build that takes longer than this hangs.
DEADLINE_S: Final = 600.0

_ERROR_LINE = re.compile(r"\berror\b|\bERROR\b|undefined reference")

#: What Meson says where a compiler fails at the first program; why, only its log has.
_NO_COMPILER: Final = "cannot compile programs"
_LOG: Final = "meson-logs/meson-log.txt"
#: The product's guests, and those of folders with programs of their own, as tests have.
_GUEST_SOURCES: Final = ("guests/*/*.c", "*/guests/*/*.c")
#: Sources that only some architectures have: of tenders, and of what folders of programs besides have.
_ARCH_PARTS: Final = ("tenders/arch/{arch}/*.[cS]", "*/*/*/arch/{arch}/*.S")
#: Verbs of programs that have a file for each.
_VERB_SOURCES: Final = "*/*/verbs/*.c"
#: Ninja's own of what it has made, to which it adds.
_NINJA_LOG: Final = ".ninja_log"
_RECORDS: Final = (_NINJA_LOG, ".ninja_deps")
#: Begins the part of a machine file that Meson reads again when it reconfigures.
_PROPERTIES: Final = "[properties]"


@dataclass(frozen=True)
class Built:
    """One architecture, built: where its files are."""

    arch: Arch
    dir: Path

    @classmethod
    def at(cls, of: Tree, arch: Arch, compiler: str | None = None) -> Self:
        """Return where a tree's build of an architecture is, or will be."""
        return cls(arch, of.build_dir(arch.name, compiler))

    def probe(self, target: Target) -> Path:
        """Return the guest that shows whether a hypervisor runs guests of a target."""
        return self.dir / "guests" / f"probe.{target.name}"

    @property
    def agent(self) -> Path:
        """The program that runs jobs in a place."""
        return self.dir / "agent" / "solo5-init"


@dataclass(frozen=True)
class MachineFile:
    """What Meson is told about one build folder."""

    binaries: Mapping[str, str | Sequence[str]]
    properties: Mapping[str, object]
    host_machine: Mapping[str, str]

    def text(self) -> str:
        """Return it in Meson's machine file format."""
        lines = ["# Written by solo5.builder; changes are lost.", "[binaries]"]
        lines += [f"{key} = {_literal(value)}" for key, value in self.binaries.items()]
        lines += ["", _PROPERTIES]
        lines += [f"{key} = {_literal(value)}" for key, value in self.properties.items()]
        if self.host_machine:
            lines += ["", "[host_machine]"]
            lines += [f"{key} = {_literal(value)}" for key, value in self.host_machine.items()]
        return "\n".join(lines) + "\n"


def _python() -> str:
    """Return this Python, by one name: links to the folder that it is in may lead elsewhere tomorrow."""
    program = Path(sys.executable)
    return str(program.parent.resolve() / program.name)


def _literal(value: object) -> str:
    """Write a value in Meson's language."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_literal(each) for each in value) + "]"
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


def guest_folders(of: Tree) -> tuple[str, ...]:
    """Return the guests that are C programs, as folders of the checkout: <name>/ with <name>.c, in a folder guests/."""
    root = of.checkout.root
    sources = (path for pattern in _GUEST_SOURCES for path in root.glob(pattern))
    return tuple(sorted(str(path.parent.relative_to(root)) for path in sources if path.stem == path.parent.name))


def verb_sources(of: Tree) -> tuple[str, ...]:
    """Return the verbs of C programs, as paths of the checkout: verbs/<name>.c in the program's folder."""
    root = of.checkout.root
    return tuple(sorted(str(path.relative_to(root)) for path in root.glob(_VERB_SOURCES)))


def hypervisor_names(of: Tree) -> tuple[str, ...]:
    """Return the hypervisors that tenders can use: the folders in a target's with a meson.build of their own."""
    files = (of.checkout.root / "tenders").glob("*/*/meson.build")
    return tuple(sorted(path.parent.name for path in files if path.parents[1].name in of.target_names))


def _parts_of_archs(of: Tree, arch: str = "*") -> tuple[str, ...]:
    """Return the sources of an architecture (default: of all) that may be there or not, as paths of the checkout."""
    root = of.checkout.root
    paths = (path for pattern in _ARCH_PARTS for path in root.glob(pattern.format(arch=arch)))
    return tuple(sorted(str(path.relative_to(root)) for path in paths))


def cross_file(arch: Arch, of: Tree, sysroot: Path, compiler: str | None = None) -> MachineFile:
    """Describe an architecture's build with a compiler."""
    tools = of.compiler(compiler).for_arch(arch)
    targets = sorted(cell.target for cell in of.cells() if cell.arch == arch.name)
    return MachineFile(
        binaries={
            "c": [tools.cc, *tools.cc_args],
            "ar": tools.ar,
            "strip": tools.strip,
            "objcopy": tools.objcopy,
            "ld": tools.ld,
            "python3": _python(),
        },
        properties={
            "needs_exe_wrapper": True,
            # Meson's own test compiles nothing for guests; skip it.
            "skip_sanity_check": True,
            "version": solo5.__version__,
            "arch": arch.name,
            "archs": of.arch_names,
            "targets": targets,
            "guests": guest_folders(of),
            "verbs": verb_sources(of),
            "hypervisors": hypervisor_names(of),
            # Read by nobody. With another file the text is another, and so Meson looks anew.
            "arch_parts": _parts_of_archs(of, arch.name),
            "page_size": arch.elf.page_size,
            **{f"page_size_{target}": of.page_size(Cell(target, arch.name)) for target in targets},
            "toolchain": arch.toolchain,
            "sysroot": sysroot,
            "musl": f"{arch.compiler.musl}",
            "triple": arch.compiler.triple,
            "syscall_register": arch.linux.syscall_register,
            "wrapped_cc": tools.cc,
            "wrapped_cc_args": tools.cc_args,
            "wrapped_ld": tools.ld,
            "wrapped_objcopy": tools.objcopy,
            "guest_flags": [*tools.guest_flags, *arch.compiler.guest_flags],
        },
        host_machine={
            "system": "linux",
            "cpu_family": arch.compiler.cpu_family,
            "cpu": arch.name,
            "endian": "little",
        },
    )


def native_file(of: Tree) -> MachineFile:
    """Describe the build for this host itself."""
    return MachineFile(
        binaries={"c": NATIVE_COMPILER, "python3": _python()},
        properties={
            "version": solo5.__version__,
            "arch": "",
            "archs": of.arch_names,
            "targets": [],
            "guests": [],
            "verbs": [],
            "hypervisors": [],
            "arch_parts": _parts_of_archs(of),
        },
        host_machine={},
    )


def build(arch: Arch, *, compiler: str | None = None, at: Tree | None = None) -> Built:
    """Build one architecture with a compiler and return where its files are.

    Raises BuildError with the compiler's first complaint, ToolMissingError
    if a program is missing.
    """
    of = at or tree()
    built = Built.at(of, arch, compiler)
    described = cross_file(arch, of, debian.sysroot(arch, at=of), compiler)
    _configure_and_build(of, built.dir, described, ["--cross-file"])
    return built


def build_native(*, sanitize: bool = False, at: Tree | None = None) -> Path:
    """Build what Python loads and return the folder that holds it.

    With `sanitize`, a second build with address and undefined behaviour
    sanitizers; a process that loads it needs the sanitizer's library first.
    """
    of = at or tree()
    folder = of.build_root / ("native-sanitized" if sanitize else "native")
    options = ["-Db_sanitize=address,undefined", "-Db_lundef=false"] if sanitize else []
    _configure_and_build(of, folder, native_file(of), [*options, "--native-file"])
    return folder


def install(arch: Arch, prefix: Path, *, compiler: str | None = None, at: Tree | None = None) -> Built:
    """Build one architecture and install it below `prefix`, beside others: bin, include, lib, libexec."""
    of = at or tree()
    built = build(arch, compiler=compiler, at=of)
    with scratch.folder("install") as made:
        with _locked(_lock_of(built.dir), of):
            _meson(of, built.dir, ["install", "-C", str(built.dir), "--quiet", "--destdir", str(made)])
        merge(arch, made, prefix.resolve(), of)
    return built


def _configure_and_build(of: Tree, folder: Path, described: MachineFile, options: list[str]) -> None:
    """Bring a build folder up to date; `options` ends with the file's flag."""
    described_in = folder.parent / f"{folder.name}.ini"
    with _locked(_lock_of(folder), of):
        _remove_damaged(folder)
        # Meson never looks at its compilers again, and works where a folder was when it was set up, not in a copy.
        where = json.dumps([str(folder), str(of.checkout.root)])
        before, text = _read(described_in), f"# {where}\n{described.text()}"
        made = (folder / "build.ninja").exists() and _compilers_of(before) == _compilers_of(text)
        if not made or before != text:
            with _build_root_needed(folder.parent):
                if described_in.is_dir():
                    kept.remove(described_in)
                described_in.write_bytes(os.fsencode(text))
            if not made:
                # Nor is a folder of any use that an interrupted set-up left.
                kept.remove(folder)
            again = ["--reconfigure"] if made else []
            # What is installed finds itself; where it goes, `install` says.
            words = ["setup", "--prefix=/", *again, *options, str(described_in), str(folder), str(of.checkout.root)]
            try:
                _meson(of, folder, words)
            except BaseException:
                described_in.unlink(missing_ok=True)
                raise
        # Whatever ends it: Ninja knows what it has made. From then on, nobody changes that.
        try:
            _ninja(of, folder)
        except BaseException:
            with contextlib.suppress(OSError):
                _seal(folder)
            raise
        with _build_root_needed(folder.parent):
            _seal(folder)


def _seal(folder: Path) -> None:
    kept.seal(folder, f"build of {folder.name}", of=_is_made)


def _is_made(name: str) -> bool:
    """Tell whether a file of a build folder is made once, and then only read."""
    return not name.startswith((*_RECORDS, "meson-logs/", "meson-private/meson.lock"))


def _remove_damaged(folder: Path) -> None:
    """Remove what Ninja would take for made, though it has changed since: then it is made again.

    It compares times, and what has been cut off is new.
    """
    wrong = kept.changed(folder)
    # Of its own records Ninja finds damage itself, but does not know an end that is missing.
    if not all((folder / name).is_file() for name in _RECORDS) or (folder / _NINJA_LOG).read_bytes()[-1:] != b"\n":
        wrong = None
    # What says how to make the rest has no slash in its name, or is Meson's.
    if wrong is None or any("/" not in name or name.startswith("meson-") for name in wrong):
        kept.remove(folder)
        return
    for name in wrong:
        kept.remove_changed(folder, name)


def _ninja(of: Tree, folder: Path) -> None:
    argv: list[str | Path] = [program("ninja"), "-C", folder, "--quiet"]
    done = proc.run(
        argv,
        cwd=of.checkout.root,
        env=_environment(of),
        deadline_s=DEADLINE_S,
        tidy=True,
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode(errors="replace")
        _show_and_raise(folder, said, _line(of, argv))


def _meson(of: Tree, folder: Path, words: list[str]) -> None:
    argv = [sys.executable, "-m", "mesonbuild.mesonmain", *words]
    done = proc.run(
        argv,
        cwd=of.checkout.root,
        env=_environment(of),
        deadline_s=DEADLINE_S,
        tidy=True,
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode(errors="replace")
        log = _read(folder / _LOG) if _NO_COMPILER in said else ""
        _show_and_raise(folder, said, _line(of, argv), log)


def _line(of: Tree, argv: proc.Argv) -> str:
    """Return a build step as a line that can be pasted anywhere."""
    settings = [f"{name}={value}" for name, value in _environment(of).items()]
    return proc.line(["env", "-C", of.checkout.root, *settings, *argv])


def _show_and_raise(folder: Path, said: str, repeat: str, log: str = "") -> None:
    """Raise with the tool's first complaint; show all that it said before, unless the world outside is to blame."""
    text = progress.without_styles(said)
    outer = outside.complaint(f"{text}\n{log}")
    if outer is not None:
        advice = f"make room or mend its rights{outside.instead(outside.place(outer, folder))}"
        message = f"{folder}: cannot build here: {outer}; {advice}; to repeat: {repeat}"
        raise ToolMissingError(message)
    print(progress.coloured(said.rstrip(), sys.stderr), file=sys.stderr)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    others = [line for line in lines if not line.startswith(("ninja:", "FAILED:"))]
    first = next((line for line in lines if _ERROR_LINE.search(line)), others[-1] if others else "no message")
    message = f"build: {first}; all of it above; to repeat: {repeat}"
    raise BuildError(message)


def _environment(of: Tree) -> dict[str, str]:
    """Build steps run this package's own tools, wherever they are started."""
    # Time would show in what tools write.
    return {
        "PYTHONPATH": str(of.checkout.root),
        "SOURCE_DATE_EPOCH": "0",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }


def program(name: str) -> str:
    """Find a program of this Python's environment, else one of the system."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        message = f"{name}: not found; install what ci/requirements.txt names, or start through ./noxw"
        raise ToolMissingError(message)
    return found


def _lock_of(folder: Path) -> Path:
    return folder.parent / f"{folder.name}.lock"


def _read(path: Path) -> str:
    try:
        return os.fsdecode(path.read_bytes())
    except (FileNotFoundError, IsADirectoryError):
        return ""


def _compilers_of(text: str) -> str:
    """Return the part of a machine file that names programs."""
    return text.partition(_PROPERTIES)[0]


@contextlib.contextmanager
def _locked(path: Path, of: Tree) -> Iterator[None]:
    """Keep a second build of the same folder waiting."""
    with _build_root_needed(path.parent):
        ours.make_build_root(of)
        lock = path.open("w")
    with lock:
        with interrupt.waiting():
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _build_root_needed(root: Path) -> Iterator[None]:
    """Say in one line that the build root cannot be written."""
    try:
        yield
    except OSError as cause:
        message = f"{root}: cannot build here: {cause.strerror}; set {BUILD_VARIABLE} to a folder"
        raise ToolMissingError(message) from cause
