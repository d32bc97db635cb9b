# SPDX-License-Identifier: ISC
"""`solo5 explain JOB...`: what jobs of the matrix are, where they would run, and why.

Nothing is built or started; the text is the plan of those items.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solo5 import env, launch, needs, proc
from solo5.builder import Built
from solo5.facts import Tree, tree
from solo5.matrix import cases, plan, repeat
from solo5.matrix.case import Case
from solo5.matrix.plan import PlannedCell, PlannedItem
from solo5.matrix.programs import Programs
from solo5.matrix.request import Request, select


def explain(names: Sequence[str], asked: repeat.Asked, *, at: Tree | None = None) -> str:
    """Return the text about the jobs that are named, by patterns as for --case.

    `asked`: the compiler and place to tell about. Raises UsageError for a
    name of no job.
    """
    of = at or tree()
    request = Request(cases=tuple(names), full=True, asked=asked)
    selection = select(request, of)
    choice = env.choose(needs.needed(selection.archs, of, compiler=asked.compiler, place=asked.place))
    made, _ = plan.make_for(choice, selection, request, of)
    texts = []
    for item, planned in zip(selection.items, made.items, strict=True):
        cell = made.cell_of(planned)
        lines = [*_what(of, item, planned, cell, asked), *_devices(item.case), *_where(cell, choice)]
        lines.append(("to run", repeat.command(of, item, asked)))
        texts.append("\n".join(f"{key:<8} {value}" for key, value in lines))
    return "\n\n".join(texts)


def _what(
    of: Tree, item: cases.Item, planned: PlannedItem, cell: PlannedCell, asked: repeat.Asked
) -> Iterator[tuple[str, str]]:
    case = item.case
    source = item.guest.program.relative_to(of.checkout.root)
    if item.guest.is_fixture:
        text = f"bytes that {source} makes" + (f", variant {case.variant}" if case.variant else "")
    else:
        target = of.target(cell.target)
        program = Programs(Built.at(of, of.arch(cell.arch), asked.compiler)).guest(case.guest, target)
        text = f"{source}, built as {of.shown(program)}"
    program_name = launch.of(of.target(cell.target), of).program
    yield "job", planned.name
    yield "fact", planned.about
    yield "cell", f"{cell.cell}: guests of {cell.target} on {cell.arch}, run by {program_name}"
    yield "guest", text
    yield "command", proc.line(planned.job.argv)
    room = f", folder of {planned.job.folder_bytes} bytes" if planned.job.folder_bytes else ""
    yield "limits", f"{planned.job.deadline_s:g} s{room}"


def _devices(case: Case) -> Iterator[tuple[str, str]]:
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
    if case.caller:
        yield "caller", proc.line(case.caller)
    if case.peer:
        yield "peer", proc.line(case.peer)


def _unattached(attach: bool) -> str:  # noqa: FBT001 - the value of a fact
    return "" if attach else ", not attached"


def _where(cell: PlannedCell, choice: env.Choice) -> Iterator[tuple[str, str]]:
    yield "env", f"{choice.environment}: {choice.reason}"
    yield "place", choice.place_text(cell.place, cell.reason)
