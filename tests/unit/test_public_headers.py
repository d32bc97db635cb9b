# SPDX-License-Identifier: ISC
"""bindings/include/solo5/: programs and tenders of others include these headers, in C and in C++."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from solo5.facts import tree

_HEADERS = sorted((tree().root / "bindings" / "include" / "solo5").glob("*.h"))
_C = ("c11", "c17", "c2x")
_CXX = ("c++11", "c++14", "c++17", "c++20", "c++2b")


@pytest.mark.parametrize("standard", [*_C, *_CXX])
@pytest.mark.parametrize("compiler", tree().compiler_names)
def test_each_header_alone_is_of_every_standard(compiler: str, standard: str, tmp_path: Path) -> None:
    """Each of them compiles by itself, with and without a manifest to declare, and twice, without a warning."""
    tools = tree().compiler(compiler).for_arch(tree().host_arch() or tree().archs()[0])
    words = [tools.cc, *tools.cc_args, "-ffreestanding", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
    words += [f"-std={standard}", "-x", "c++" if standard in _CXX else "c"]
    for header in _HEADERS:
        source = tmp_path / "alone"
        source.write_text(f'#include "{header}"\n' * 2)
        # Of what declares a manifest, the number of its devices is a part.
        kinds = [["-DMFT_ENTRIES=2"]] if header.name == "mft_note.h" else [[], ["-DMFT_ENTRIES=2"]]
        for defines in kinds:
            done = subprocess.run([*words, *defines, source], capture_output=True, text=True, check=False)
            if "cc1plus" in done.stderr:
                pytest.skip(f"{tools.cc} has no C++ here; install g++")
            assert ("", 0) == (done.stderr, done.returncode), (header.name, *defines)
