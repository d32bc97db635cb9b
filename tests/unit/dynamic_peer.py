# SPDX-License-Identifier: ISC
"""An installation whose tenders need shared libraries: of its own, and of the system."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

#: Becomes the tender that is in it, once the libraries are there.
_TENDER: Final = """
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>

__asm__(".section .rodata\\n"
        "tender: .incbin \\"TENDER\\"\\n"
        "tender_end:\\n"
        ".text\\n");
extern const char tender[], tender_end[];
int installed(void);
int seccomp_api_get(void);

int main(int argc, char **argv)
{
    size_t size = (size_t)(tender_end - tender);
    int fd = memfd_create("tender", MFD_CLOEXEC);

    if (installed() != 42 || seccomp_api_get() < 0 || write(fd, tender, size) != (ssize_t)size)
        return 43;
    fexecve(fd, argv, environ);
    return 44 + argc;
}
"""
#: In lib/, which the tender knows from where it is itself.
LIBRARY: Final = "libinstalled.so.1"


def library(path: Path, source: str = "int installed(void) { return 42; }", *options: str) -> None:
    """Write a shared library."""
    compile_c(source, "-shared", "-fPIC", f"-Wl,-soname,{path.name}", *options, "-o", path)


def compile_c(source: str, *options: str | Path) -> None:
    """Compile with this host's compiler."""
    words = ["gcc", "-x", "c", "-", "-x", "none", *map(str, options)]
    subprocess.run(words, input=source, text=True, check=True)


def tender(prefix: Path, real: Path, tag: str = "--enable-new-dtags") -> Path:
    """Write bin/NAME, which becomes the program `real` of that name; `tag`: a RUNPATH, or of old linkers a RPATH."""
    for name in ("bin", "lib"):
        (prefix / name).mkdir(parents=True, exist_ok=True)
    own = prefix / "lib" / LIBRARY
    library(own)
    made = prefix / "bin" / real.name
    source = _TENDER.replace("TENDER", str(real))
    runpath = f"-Wl,{tag},-rpath,$ORIGIN/../lib"
    compile_c(source, "-fPIE", "-pie", "-o", made, own, "-l:libseccomp.so.2", runpath)
    return made
