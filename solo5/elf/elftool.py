# SPDX-License-Identifier: ISC
"""solo5-elftool: makes manifests, and says what unikernel files contain.

    solo5-elftool gen-manifest [--object --arch ARCH] SOURCE OUTPUT
    solo5-elftool query-manifest BINARY
    solo5-elftool query-abi BINARY

`-` is standard input or output. Exit status 0, or 1 with one line. The queries
refuse what tenders refuse, and nothing else (solo5.elf.runnable).
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Sequence

from solo5 import options
from solo5.elf import csource, files, manifest, notes
from solo5.elf.read import Notes
from solo5.elf.runnable import unikernel_of
from solo5.errors import Solo5Error, UsageError
from solo5.facts import tree
from solo5.options import Parser

__all__ = ["main", "parser"]


def _generated(source: str, arch: str | None) -> bytes:
    content = files.read(source)
    try:
        parsed = manifest.parse(content)
    except UsageError as cause:
        message = f"{source}: {cause}"
        raise UsageError(message) from cause
    if arch is not None:
        from solo5.elf import object as elf_object  # noqa: PLC0415 - what writes ELF files, only this needs

        return elf_object.write(parsed, tree().arch(arch).elf)
    return csource.write(parsed).encode()


def _generate(args: argparse.Namespace) -> None:
    if args.object != (args.arch is not None):
        message = "gen-manifest: --object and --arch ARCH belong together"
        raise UsageError(message)
    if len(args.files) % 2 or (len(args.files) != 2 and not args.batch):  # noqa: PLR2004 - a source and an output
        message = "gen-manifest: SOURCE and OUTPUT expected"
        raise UsageError(message)
    for source, output in zip(args.files[::2], args.files[1::2], strict=True):
        files.require_apart(source, output)
        files.write(output, _generated(source, args.arch))


def _query(binary: str, what: str) -> None:
    content = files.read(binary)
    try:
        found = unikernel_of(io.BytesIO(content), tree())
        text = found.manifest.to_json() if what == "manifest" else _abi(found.notes)
    except UsageError as cause:
        message = f"{binary}: {cause}"
        raise UsageError(message) from cause
    files.write("-", text.encode())


def _abi(said: Notes) -> str:
    known = {each.abi: each.name for each in tree().targets()} | notes.OTHER_TARGETS
    if said.abi not in known:
        message = f"unknown ABI target {said.abi}; known: {', '.join(known.values())}"
        raise UsageError(message)
    return json.dumps({"type": "solo5.abi", "target": known[said.abi], "version": said.version}) + "\n"


def parser() -> Parser:
    """Return what reads the words."""
    made = Parser("solo5-elftool", __doc__.splitlines()[0])
    verbs = made.add_subparsers(dest="verb", required=True, metavar="VERB")
    generate = verbs.add_parser("gen-manifest", help="make C, or an object file, of a manifest's JSON source")
    generate.add_argument("--object", action="store_true", help="write an object file; needs no compiler")
    generate.add_argument("--arch", help="architecture of the object file")
    generate.add_argument("--batch", action="store_true", help=argparse.SUPPRESS)
    generate.add_argument("files", nargs="+", metavar="SOURCE OUTPUT")
    for verb, says in (
        ("query-manifest", "print a file's manifest"),
        ("query-abi", "print a file's target and ABI version"),
    ):
        query = verbs.add_parser(verb, help=says)
        query.add_argument("binary", metavar="BINARY")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tool with `argv`, or the process' own arguments; return its status."""
    try:
        if options.asked():
            options.answer(parser())
        args = parser().parse_args(argv)
        if args.verb == "gen-manifest":
            _generate(args)
        else:
            _query(args.binary, args.verb.removeprefix("query-"))
    except Solo5Error as cause:
        print(f"solo5-elftool: {cause}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
