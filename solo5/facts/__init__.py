# SPDX-License-Identifier: ISC
"""What is known: architectures, targets, compilers, cells, and where data lies.

Facts are TOML files under toolchains/; the list of them is the folder's
content, and a key with a default in its class may be missing. Nothing here
does anything: builders, runners and tables read these values.
"""

from __future__ import annotations

from solo5.facts.arch import Arch, ArchCompiler, Debian, Elf, LinuxFacts, OtherKernel, Vm
from solo5.facts.cell import Cell, CellFacts
from solo5.facts.compiler import Compiler
from solo5.facts.data import BUILD_VARIABLE, Checkout, DataRoot
from solo5.facts.target import Target
from solo5.facts.tree import Tree, checkout_tree, tree

__all__ = [
    "BUILD_VARIABLE",
    "Arch",
    "ArchCompiler",
    "Cell",
    "CellFacts",
    "Checkout",
    "Compiler",
    "DataRoot",
    "Debian",
    "Elf",
    "LinuxFacts",
    "OtherKernel",
    "Target",
    "Tree",
    "Vm",
    "checkout_tree",
    "tree",
]
