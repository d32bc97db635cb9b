# SPDX-License-Identifier: ISC
"""What a case may say: each field is a key of a table beside a guest.

How the tables are read, solo5.matrix.cases says; what a case cannot say,
solo5.matrix.mistakes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from solo5.agent.job import Sink
from solo5.facts import Cell

Fill = Literal["zero", "pattern", "text"]


@dataclass(frozen=True)
class Block:
    """A disk image, and the block device that it becomes."""

    name: str
    size_bytes: int
    fill: Fill = "zero"
    """What is in it first; solo5.matrix.jobs.image has the bytes."""
    sector_size: int | None = None
    """Value of --block-sector-size; none: the option is not given."""
    attach: bool = True
    """False: the image is made, and the tender not told of it."""


@dataclass(frozen=True)
class Net:
    """A tap, and the network device that it becomes."""

    name: str
    mtu: int = 1500
    mac: str | None = None
    """Value of --net-mac; none: the option is not given."""
    as_fd: bool = False
    """The tender gets an open descriptor instead of a name."""
    attach: bool = True
    """False: the tap is made, and the tender not told of it."""


@dataclass(frozen=True)
class Truncate:
    """Cut an image to zero bytes while the guest runs."""

    text: str
    """When the guest has written this."""
    block: str


@dataclass(frozen=True)
class Expect:
    """How a case ends. What is not said is not looked at.

    Of `status`, `signal` and `end`, exactly one. A case that expects status 1
    and one line on standard error is a refusal by the tender: that line then
    begins with the tender's name and a colon.
    """

    status: int | None = None
    signal: str | None = None
    syscall: str | None = None
    """With SIGSYS: name of the refused call, or its number."""
    end: Literal["fault", "trap"] | None = None
    """As the target's [ends] say: a status on some, a signal on others."""
    stdout: str | None = None
    """All of standard output."""
    stdout_has: tuple[str, ...] = ()
    stdout_size: int | None = None
    """Bytes, of all that was written, though not all may be kept (solo5.agent.output)."""
    stderr_has: tuple[str, ...] = ()
    stderr_lines: int | None = None
    block_size: Mapping[str, int] = field(default_factory=dict)
    """Size of images afterwards, bytes, by device."""
    peer_status: int = 0
    """Only where there is a peer."""


@dataclass(frozen=True)
class Case:
    """One case, and the guest that it stands beside."""

    guest: str
    about: str
    """The fact that it proves, one sentence."""
    expect: Expect
    name: str = ""
    """Empty only for a case that needs none."""
    tier: Literal["default", "full"] = "default"
    """full: soak, run only on request and outside every time budget."""
    targets: tuple[str, ...] | None = None
    """None: every target."""
    variant: str | None = None
    """Passed to the make() of a guest that is bytes."""
    kernel: str | None = None
    """Path given to the tender instead of the guest's."""
    mem_mb: int | None = None
    args: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    """Further options of the tender, before the kernel."""
    argv: tuple[str, ...] | None = None
    """Everything after the tender's name, instead of what devices imply."""
    stdout: Sink = "pipe"
    personality: int = 0
    deadline_s: float = 10.0
    folder_bytes: int | None = None
    truncate_on: Truncate | None = None
    caller: tuple[str, ...] = ()
    """How the tender is started: a verb of tests/caller and its words; none: as any program."""
    peer: tuple[str, ...] = ()
    """Arguments of the network peer; none: there is no peer."""
    block: tuple[Block, ...] = ()
    net: tuple[Net, ...] = ()
    on: Mapping[Cell, Case] = field(default_factory=dict)
    """This case in the cells where something differs. In the file: a table for
    each target, of any keys that do not name or place a case."""

    @property
    def title(self) -> str:
        """The name without its cell, as in blk[512] or hello."""
        return f"{self.guest}[{self.name}]" if self.name else self.guest
