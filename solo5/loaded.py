# SPDX-License-Identifier: ISC
"""What a program of this host consists of: its own file, and the libraries that it is started with."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from solo5 import proc

_DEADLINE_S: Final = 20.0
#: A library of ldd's list, and where it is; the kernel's own (vDSO) is nowhere (ldd(1)).
_LIBRARY: Final = re.compile(r"(/.*) \(0x[0-9a-f]+\)$", re.MULTILINE)


def files(program: str) -> Iterator[Path]:
    """Yield the files of a program, by name or path; none: there is no such program."""
    found = shutil.which(program)
    if found is not None:
        yield Path(found)
        # A static program has none: ldd then says so, with status 1.
        said = proc.run(["ldd", found], deadline_s=_DEADLINE_S).stdout.decode(errors="surrogateescape")
        yield from map(Path, _LIBRARY.findall(said))
