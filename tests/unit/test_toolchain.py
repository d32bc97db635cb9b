# SPDX-License-Identifier: ISC
"""The installed toolchain: builds a program outside the tree, and can be moved."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from solo5 import launch
from solo5.builder.meson import install
from solo5.elf import layout
from solo5.elf.elftool import main as elftool
from solo5.elf.read import read_notes
from solo5.facts import Arch, Cell, tree

_PROGRAM = """
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include "solo5.h"

_Static_assert(INT_MAX > 0 && CHAR_BIT == 8, "limits.h is the toolchain's own");

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    solo5_console_write("outside\\n", 8);
    return 3;
}
"""

#: Of any C library, and helpers of the bindings that a program might call so, too.
_LIBRARY = ("memcpy", "memmove", "memset", "memcmp", "strlen", "printf", "abort", "exit", "main", "malloc", "free")
_HELPERS = ("start", "halt", "device_init", "cmdline_take_words", "log_always", "format_args", "ssp_init", "round_up")


@pytest.fixture(scope="module", params=tree().compiler_names)
def prefixes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Install what each compiler builds, and move it away from where it was made."""
    made = {}
    for arch in tree().archs():
        folder = tmp_path_factory.mktemp(arch.name)
        install(arch, folder / "made", compiler=request.param)
        made[arch.name] = (folder / "made").rename(folder / "moved here")
    return made


def _run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)


def _sources(folder: Path) -> tuple[Path, Path]:
    program, source = folder / "program.c", folder / "manifest.json"
    program.write_text(_PROGRAM)
    source.write_text(json.dumps({"type": "solo5.manifest", "version": 1, "devices": []}))
    declared = folder / "manifest.c"
    assert 0 == elftool(["gen-manifest", str(source), str(declared)])
    return program, declared


def _cc(prefix: Path, arch: Arch) -> Path:
    return prefix / "bin" / f"{arch.toolchain}-cc"


@pytest.mark.parametrize("cell", tree().cells(), ids=str)
def test_a_program_outside_the_tree_becomes_a_unikernel(cell: Cell, prefixes: dict[str, Path], tmp_path: Path) -> None:
    """`cc -z solo5-abi=TARGET` compiles and links a program with a manifest, headers included."""
    arch, target = tree().arch(cell.arch), tree().target(cell.target)
    built = tmp_path / "program"
    done = _run(
        _cc(prefixes[arch.name], arch), "-O2", "-z", f"solo5-abi={target.name}", *_sources(tmp_path), "-o", built
    )
    assert "" == done.stderr
    found = read_notes(built)
    assert (arch.elf.machine, target.abi, target.versions[-1]) == (found.machine, found.abi, found.version)
    if arch.is_host:
        # A hypervisor may be too much for this host; not for its virtual machine.
        launcher = launch.of(target, tree())
        alone, anywhere = [prefixes[arch.name] / "bin" / launcher.program], [sys.executable, "-m", "solo5.cli", "run"]
        ran = _run(*(anywhere if launcher.uses_hypervisor else alone), built)
        assert (3, "outside\n") == (ran.returncode, ran.stdout[-8:])


@pytest.mark.parametrize("cell", tree().cells(), ids=str)
def test_ld_links_what_cc_compiled(cell: Cell, prefixes: dict[str, Path], tmp_path: Path) -> None:
    """Build systems that call the linker themselves get the same unikernel."""
    arch, target = tree().arch(cell.arch), tree().target(cell.target)
    prefix, objects = prefixes[arch.name], []
    for source in _sources(tmp_path):
        objects.append(source.with_suffix(".o"))
        assert 0 == _run(_cc(prefix, arch), "-c", source, "-o", objects[-1]).returncode
    built = tmp_path / "program"
    done = _run(prefix / "bin" / f"{arch.toolchain}-ld", "-z", f"solo5-abi={target.name}", *objects, "-o", built)
    assert "" == done.stderr
    assert target.abi == read_notes(built).abi


@pytest.mark.parametrize("arch", tree().archs(), ids=lambda arch: arch.name)
def test_a_configure_script_can_link(arch: Arch, prefixes: dict[str, Path], tmp_path: Path) -> None:
    """Without solo5-abi, a program with only main() links: configure scripts try that."""
    source = tmp_path / "conftest.c"
    source.write_text("int main(void) { return 0; }\n")
    done = _run(_cc(prefixes[arch.name], arch), source, "-o", tmp_path / "conftest")
    assert ("", 0) == (done.stderr, done.returncode)


@pytest.mark.parametrize("arch", tree().archs(), ids=lambda arch: arch.name)
def test_an_unknown_target_is_one_line(arch: Arch, prefixes: dict[str, Path], tmp_path: Path) -> None:
    """A target that is not installed is named, with those that are."""
    done = _run(_cc(prefixes[arch.name], arch), "-z", "solo5-abi=nothing", *_sources(tmp_path))
    assert 1 == done.returncode
    assert 1 == len(done.stderr.splitlines())
    assert "nothing" in done.stderr
    assert "stub" in done.stderr


@pytest.mark.parametrize("arch", tree().archs(), ids=lambda arch: arch.name)
def test_questions_to_the_compiler_are_answered(arch: Arch, prefixes: dict[str, Path]) -> None:
    """Options that ask something and name no file do not become a link."""
    for question in ("--version", "-dumpmachine", "-print-libgcc-file-name"):
        done = _run(_cc(prefixes[arch.name], arch), question)
        assert ("", 0) == (done.stderr, done.returncode)
        assert "" != done.stdout


@pytest.mark.parametrize("arch", tree().archs(), ids=lambda arch: arch.name)
@pytest.mark.parametrize("header", ["solo5.h", "mft_abi.h"])
def test_a_public_header_brings_the_basic_types(
    header: str, arch: Arch, prefixes: dict[str, Path], tmp_path: Path
) -> None:
    """Programs that include one header of ours use bool, size_t and uint64_t."""
    source = tmp_path / "types.c"
    source.write_text(f'#include "{header}"\nextern bool a; extern size_t b; extern uint64_t c;\n')
    done = _run(_cc(prefixes[arch.name], arch), "-Wall", "-Werror", "-c", source, "-o", tmp_path / "types.o")
    assert ("", 0) == (done.stderr, done.returncode)


def _compile_cxx(prefix: Path, arch: Arch, source: Path, made: Path) -> None:
    """Compile C++ with the installed compiler, or, if that has only C, with another one for the same architecture."""
    wanted = ("-x", "c++", "-fexceptions", "-O2", "-c", source, "-o", made)
    done = _run(_cc(prefix, arch), *wanted)
    for name in tree().compiler_names:
        if "cc1plus" in done.stderr:
            other = tree().compiler(name).for_arch(arch)
            include = ("-ffreestanding", "-I", prefix / "include" / "solo5")
            done = _run(other.cc, *other.cc_args, *other.guest_flags, *arch.compiler.guest_flags, *include, *wanted)
    assert ("", 0) == (done.stderr, done.returncode)


@pytest.mark.parametrize("cell", tree().cells(), ids=str)
def test_a_program_in_cxx_throws_and_catches(cell: Cell, prefixes: dict[str, Path], tmp_path: Path) -> None:
    """What a C++ compiler makes of throw, catch and destructors works, with the compiler's library of unwinding."""
    arch, prefix, sources = tree().arch(cell.arch), prefixes[cell.arch], tree().root / "tests" / "toolchain"
    made, runtime, built = tmp_path / "throws.o", tmp_path / "cxx.o", tmp_path / "program"
    _compile_cxx(prefix, arch, sources / "throws.cc", made)
    words = ("-fexceptions", "-I", sources.parent / "guests", "-c", sources / "cxx.c", "-o", runtime)
    assert ("", 0) == ((done := _run(_cc(prefix, arch), "-O2", *words)).stderr, done.returncode)
    declared = _sources(tmp_path)[1]
    done = _run(_cc(prefix, arch), "-z", f"solo5-abi={cell.target}", made, runtime, declared, "-lgcc_eh", "-o", built)
    assert ("", 0) == (done.stderr, done.returncode)
    ran = _run(sys.executable, "-m", "solo5.cli", "run", built)
    assert (44, "") == (ran.returncode, ran.stderr)


@pytest.mark.parametrize("arch", tree().archs(), ids=lambda arch: arch.name)
def test_the_interface_is_of_c_for_programs_in_other_languages(
    arch: Arch, prefixes: dict[str, Path], tmp_path: Path
) -> None:
    """A C++ program that includes solo5.h calls the functions by their C names."""
    source, made = tmp_path / "program.cc", tmp_path / "program.o"
    source.write_text('#include "solo5.h"\nvoid call() { solo5_exit(0); }\n')
    _compile_cxx(prefixes[arch.name], arch, source, made)
    listed = _run(f"{arch.compiler.triple}-nm", "--undefined-only", "--format=posix", made).stdout
    assert "solo5_exit" in {line.split()[0] for line in listed.splitlines()}


@pytest.mark.parametrize("arch", tree().archs(), ids=lambda arch: arch.name)
def test_a_c_library_brings_names_of_its_own(arch: Arch, prefixes: dict[str, Path], tmp_path: Path) -> None:
    """An archive that defines what a C library does, the stack protector's names too, links with every target."""
    library, names = tmp_path / "library.c", (*_LIBRARY, *_HELPERS)
    library.write_text(
        "unsigned long __stack_chk_guard = 1;\n"
        + "".join(f"long {name}(void) {{ return 0; }}\n" for name in (*names, "__stack_chk_fail"))
    )
    compiled, archive = tmp_path / "library.o", tmp_path / "liblibrary.a"
    program, declared = _sources(tmp_path)
    calls = program.read_text().replace("return 3;", "return (int)(strlen() + start());")
    program.write_text(f"long strlen(void);\nlong start(void);\n{calls}")
    cc = _cc(prefixes[arch.name], arch)
    assert 0 == _run(cc, "-fno-builtin", "-c", library, "-o", compiled).returncode
    assert 0 == _run(f"{arch.compiler.triple}-ar", "rcs", archive, compiled).returncode
    for target in (cell.target for cell in tree().cells() if cell.arch == arch.name):
        words = ("-fno-builtin", "-z", f"solo5-abi={target}", program, declared, f"-L{tmp_path}", "-llibrary")
        done = _run(cc, *words, "-o", tmp_path / "program")
        assert ("", 0) == (done.stderr, done.returncode)


@pytest.mark.parametrize("arch", tree().archs(), ids=lambda arch: arch.name)
def test_a_stack_guard_that_cannot_be_written_is_refused(arch: Arch, prefixes: dict[str, Path], tmp_path: Path) -> None:
    """A constant of that name would be a fault at start: the linker says so in one line."""
    program, declared = _sources(tmp_path)
    program.write_text(f"{program.read_text()}\nconst unsigned long __stack_chk_guard = 5;\n")
    for target in (cell.target for cell in tree().cells() if cell.arch == arch.name):
        done = _run(
            _cc(prefixes[arch.name], arch), "-z", f"solo5-abi={target}", program, declared, "-o", tmp_path / "p"
        )
        assert 0 != done.returncode
        assert "own __stack_chk_guard is a constant" in done.stderr


@pytest.mark.parametrize("arch", tree().archs(), ids=lambda arch: arch.name)
def test_what_configure_scripts_ask(arch: Arch, prefixes: dict[str, Path], tmp_path: Path) -> None:
    """The macros, the machine, its folders, dependencies, and whether a function links: answers as of any compiler."""
    cc, source = _cc(prefixes[arch.name], arch), tmp_path / "conftest.c"
    source.write_text("#include <stdint.h>\nlong there(void) { return 1; }\nint main(void) { return (int)there(); }\n")
    macros = _run(cc, "-dM", "-E", "-x", "c", "/dev/null")
    assert (0, True) == (macros.returncode, "#define __ELF__ 1" in macros.stdout.splitlines())
    assert arch.compiler.triple.split("-")[0] in _run(cc, "-dumpmachine").stdout
    for asked in ("-print-search-dirs", "-print-file-name=libgcc.a", "-v"):
        assert 0 == _run(cc, asked).returncode
    made, depends = tmp_path / "conftest.o", tmp_path / "conftest.d"
    assert 0 == _run(cc, "-c", "-MD", "-MF", depends, source, "-o", made).returncode
    assert "conftest.c" in depends.read_text()
    assert 0 == _run(cc, made, "-o", tmp_path / "conftest").returncode
    # What is not there does not link: a configure script then knows.
    source.write_text("long missing(void);\nint main(void) { return (int)missing(); }\n")
    assert 0 != _run(cc, source, "-o", tmp_path / "conftest").returncode


@pytest.mark.parametrize("arch", tree().archs(), ids=lambda arch: arch.name)
@pytest.mark.parametrize("words", [["-x", "c", "-"], ["-xc", "-", "-lgcc"], ["-x", "c", "conftest"]])
def test_a_language_is_said_of_the_callers_files(
    words: list[str], arch: Arch, prefixes: dict[str, Path], tmp_path: Path
) -> None:
    """`cc -x c -` links a program on standard input: what the toolchain adds is no source of that language."""
    text = "int main(void) { return 0; }\n"
    (tmp_path / "conftest").write_text(text)
    argv = [str(_cc(prefixes[arch.name], arch)), *words, "-o", str(tmp_path / "made")]
    done = subprocess.run(argv, input=text, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ("", 0, True) == (done.stderr, done.returncode, (tmp_path / "made").exists())


@pytest.mark.parametrize("cell", tree().cells(), ids=str)
def test_a_libos_links_with_a_script_of_its_own(cell: Cell, prefixes: dict[str, Path], tmp_path: Path) -> None:
    """`-T` takes the caller's script instead of ours, and a program may use the symbols that both define."""
    arch, prefix = tree().arch(cell.arch), prefixes[cell.arch]
    script, names = tmp_path / "own.lds", layout.LAYOUT_SYMBOLS
    ours = (prefix / "lib" / arch.toolchain / f"solo5_{cell.target}.lds").read_text()
    script.write_text(ours.replace("_end = .;", "_end = .; own_script = .;", 1))
    program, declared = _sources(tmp_path)
    uses = " + ".join(f"(uintptr_t){name}" for name in (*names, "own_script"))
    declares = "".join(f"extern const char {name}[];\n" for name in (*names, "own_script"))
    text = (
        program.read_text()
        .replace("return 3;", f"return (int)({uses});")
        .replace("int solo5_app", f"{declares}\nint solo5_app")
    )
    program.write_text(text)
    words = ("-z", f"solo5-abi={cell.target}", f"-Wl,-T,{script}", program, declared, "-o", tmp_path / "program")
    done = _run(_cc(prefix, arch), *words)
    assert ("", 0) == (done.stderr, done.returncode)
    assert tree().target(cell.target).abi == read_notes(tmp_path / "program").abi


@pytest.mark.parametrize("arch", tree().archs(), ids=lambda arch: arch.name)
def test_a_unikernel_object_hides_its_helpers(arch: Arch, prefixes: dict[str, Path]) -> None:
    """Of the bindings a program sees the interface, the entry and the stack guard, nothing that could clash."""
    nm = f"{arch.compiler.triple}-nm"
    for made in (prefixes[arch.name] / "lib" / arch.toolchain).glob("*.o"):
        listed = _run(nm, "--defined-only", "--extern-only", "--format=posix", made).stdout.splitlines()
        names = {line.split()[0] for line in listed}
        others = {name for name in names if not name.startswith("solo5_")}
        assert others <= {"_start", "__stack_chk_guard", "__stack_chk_fail"}


@pytest.mark.parametrize("arch", tree().archs(), ids=lambda each: each.name)
def test_a_target_links_no_more_of_the_machine_layer_than_it_calls(arch: Arch, prefixes: dict[str, Path]) -> None:
    """What makes page tables is in the object of a target whose own sources call it, and in no other."""
    for made in (prefixes[arch.name] / "lib" / arch.toolchain).glob("*.o"):
        folder = tree().root / "bindings" / made.stem.removeprefix("solo5_")
        calls = any("tables_map" in path.read_text() for path in folder.rglob("*.c"))
        listed = _run(f"{arch.compiler.triple}-nm", "--defined-only", "--format=posix", made).stdout
        assert calls == ("tables_map" in listed.split())
