# SPDX-License-Identifier: ISC
"""`solo5 explain JOB`: what a job of the matrix is, where it would run, and why.

Nothing is built or started; the text is made of the same values that a run
uses.
"""

from __future__ import annotations

from collections.abc import Iterator

from solo5 import needs, proc
from solo5.build import Built
from solo5.env.choose import choose as choose_environment
from solo5.facts import Tree, tree
from solo5.matrix import cases, plan, repeat
from solo5.matrix.programs import Programs
from solo5.run.place import choose


def explain(name: str, asked: repeat.Asked, *, at: Tree | None = None) -> str:
    """Return the text about the job of that name, as in hello-spt-ARCH.

    `asked`: the toolchain and place to tell about. Raises UsageError if there
    is no such job.
    """
    of = at or tree()
    item = cases.find_item(of, name)
    lines = [*_what(of, item, asked), *_devices(item.case), *_where(of, item, asked)]
    return "\n".join(f"{key:<8} {value}" for key, value in lines)


def _what(of: Tree, item: cases.Item, asked: repeat.Asked) -> Iterator[tuple[str, str]]:
    arch = of.arch(item.cell.arch)
    case = item.case
    target = of.target(item.cell.target)
    source = item.guest.program.relative_to(of.checkout.root)
    if item.guest.is_fixture:
        made = f"bytes that {source} makes" + (f", variant {case.variant}" if case.variant else "")
    else:
        program = Programs(Built.at(of, arch, asked.toolchain)).guest(case.guest, target)
        made = f"{source}, built as {program.relative_to(of.root)}"
    yield "job", item.name
    yield "fact", case.about
    yield "cell", f"{item.cell}: guests of {target.name} on {arch.name}, run by {target.tender}"
    yield "guest", made
    # The bytes of a fixture do not change the command.
    yield "command", proc.line(plan.job(item, target, b"" if item.guest.is_fixture else None).argv)
    yield (
        "limits",
        f"{case.deadline_s:g} s" + (f", folder of {case.folder_bytes} bytes" if case.folder_bytes else ""),
    )


def _devices(case: cases.Case) -> Iterator[tuple[str, str]]:
    for block in case.block:
        sector = f", sectors of {block.sector_size} bytes" if block.sector_size is not None else ""
        yield (
            "block",
            f"{block.name}: {block.size_bytes} bytes, {block.fill}{sector}{_unattached(block.attach)}",
        )
    for net in case.net:
        how = ", as a descriptor" if net.as_fd else ""
        mac = f", address {net.mac}" if net.mac else ""
        yield "net", f"{net.name}: a tap with MTU {net.mtu}{how}{mac}{_unattached(net.attach)}"
    if case.peer:
        yield "peer", proc.line(case.peer)


def _unattached(attach: bool) -> str:  # noqa: FBT001 - the value of a fact
    return "" if attach else ", not attached"


def _where(of: Tree, item: cases.Item, asked: repeat.Asked) -> Iterator[tuple[str, str]]:
    arch = of.arch(item.cell.arch)
    environment, reason = choose_environment(needs.needed([arch], of, compiler=asked.toolchain))
    yield "env", f"{environment}: {reason}"
    built = Built.at(of, arch, asked.toolchain)
    name, why = choose(built, of.target(item.cell.target), asked.place)
    yield "place", f"{name}: {why}"
    yield "to run", repeat.command(of, item, asked)
