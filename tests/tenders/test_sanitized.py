# SPDX-License-Identifier: ISC
"""The same tests once more, on the cores built with the address and undefined behaviour sanitizers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from solo5.builder import build_native
from solo5.facts import BUILD_VARIABLE, tree

_TESTS = ("test_addr.py", "test_args.py", "test_elf.py", "test_manifest.py", "test_pages.py", "test_filter.py")


def _libraries() -> str:
    """Return the sanitizers' libraries: they must be in a process before all others."""
    asked = (["gcc", f"-print-file-name=lib{name}.so"] for name in ("asan", "ubsan"))
    return ":".join(subprocess.run(each, capture_output=True, text=True, check=True).stdout.strip() for each in asked)


def test_the_sanitizers_find_nothing(tmp_path: Path) -> None:
    """No test of the cores reads or writes beyond an object, or computes what C does not define."""
    # A build root that has these cores and no others.
    (tmp_path / "native").symlink_to(build_native(sanitize=True))
    here = Path(__file__).parent
    env = {
        **os.environ,
        BUILD_VARIABLE: str(tmp_path),
        "LD_PRELOAD": _libraries(),
        # What Python itself leaves is not ours.
        "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1",
        "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    }
    tests = [str(here / name) for name in _TESTS]
    # The proof itself needs no second run: one set of devices shows the assembler.
    chosen = ["-k", "not agree and not abi_1 and not damaged_filter and not spt_protects or agree and both"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *chosen, *tests],
        cwd=tree().root,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stdout[-4000:] + done.stderr[-4000:]
