# SPDX-License-Identifier: ISC
"""solo5-elftool: makes manifests, and says what unikernel files contain.

    solo5-elftool gen-manifest [--object --arch ARCH] SOURCE OUTPUT
    solo5-elftool query-manifest BINARY
    solo5-elftool query-abi BINARY

`-` is standard input or output. Exit status 0, or 1 with one line.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from solo5.elf import manifest
from solo5.errors import Solo5Error, UsageError
from solo5.facts import tree


def _read(source: str) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as cause:
        message = f"{source}: {cause.strerror}"
        raise UsageError(message) from cause


def _write(output: str, content: bytes) -> None:
    """Write a file, whole or not at all; leave it alone if it is so already."""
    if output == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    path = Path(output)
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    try:
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as cause:
        message = f"{output}: {cause.strerror}"
        raise UsageError(message) from cause
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        mask = os.umask(0)
        os.umask(mask)
        Path(made).chmod(0o666 & ~mask)
        Path(made).replace(path)
    except OSError as cause:
        Path(made).unlink(missing_ok=True)
        message = f"{output}: {cause.strerror}"
        raise UsageError(message) from cause


def _generated(source: str, arch: str | None) -> bytes:
    try:
        parsed = manifest.parse(_read(source))
    except UsageError as cause:
        message = f"{source}: {cause}"
        raise UsageError(message) from cause
    if arch is not None:
        from solo5.elf import object as elf_object  # noqa: PLC0415 - C output needs no pyelftools

        return elf_object.write(parsed, tree().arch(arch).elf)
    from solo5.elf import csource  # noqa: PLC0415 - the same, the other way round

    return csource.write(parsed).encode()


def _generate(args: argparse.Namespace) -> None:
    if args.object != (args.arch is not None):
        message = "gen-manifest: --object and --arch ARCH belong together"
        raise UsageError(message)
    if len(args.files) % 2 or (len(args.files) != 2 and not args.batch):  # noqa: PLR2004 - a source and an output
        message = "gen-manifest: SOURCE and OUTPUT expected"
        raise UsageError(message)
    for source, output in zip(args.files[::2], args.files[1::2], strict=True):
        _write(output, _generated(source, args.arch))


def _query(binary: str, what: str) -> None:
    from solo5.elf import notes  # noqa: PLC0415 - pyelftools takes its time

    try:
        found = notes.notes_of(io.BytesIO(_read(binary)))
        text = found.manifest().to_json() if what == "manifest" else _abi(found)
    except UsageError as cause:
        message = str(cause) if binary in str(cause) else f"{binary}: {cause}"
        raise UsageError(message) from cause
    print(text, end="")


def _abi(found: notes.Notes) -> str:  # type: ignore[name-defined]  # noqa: F821 - imported in _query
    known = {each.abi: each.name for each in tree().targets()}
    target = known.get(found.abi)
    if target is None:
        message = f"unknown ABI target {found.abi}; known: {', '.join(known.values())}"
        raise UsageError(message)
    return json.dumps({"type": "solo5.abi", "target": target, "version": found.version}) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="solo5-elftool", description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
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
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tool with `argv`, or the process' own arguments; return its status."""
    args = _parser().parse_args(argv)
    try:
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
