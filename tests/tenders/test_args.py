# SPDX-License-Identifier: ISC
"""Command lines: numbers whole, each option once, devices as the manifest has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solo5 import tender
from solo5.elf.manifest import Device, DeviceType, Manifest

_MIB = 1 << 20
_MFT = Manifest((Device("disk", DeviceType.BLOCK_BASIC), Device("service", DeviceType.NET_BASIC))).encode()
_BOTH = ("--block:disk=image", "--net:service=tap0")


@given(st.text(alphabet="0123456789 +-x.\t", max_size=22), st.sampled_from([0, 63, 512, (1 << 64) - 1]))
def test_a_number_is_digits_and_nothing_else(text: str, most: int) -> None:
    """Signs, spaces, junk, nothing at all and what is too large are no numbers."""
    is_number = text.isascii() and text.isdigit() and int(text) <= most
    assert (int(text) if is_number else None) == tender.args_number(text, most)


@pytest.mark.parametrize("number", [1 << 64, (1 << 64) + 1, 10**20, 10**30])
def test_a_number_beyond_64_bits_does_not_wrap(number: int) -> None:
    """What 64 bits cannot hold is refused, not taken modulo."""
    assert tender.args_number(str(number), (1 << 64) - 1) is None


def test_what_is_not_said_has_its_default() -> None:
    """512 MiB, no devices, an empty command line."""
    args = tender.args_read(["kernel"])
    assert tender.Args(False, False, (None,), 512 * _MIB, "kernel", b"", ()) == args


def test_every_option_arrives() -> None:
    """Each option ends up in its field, in any order, device options before or behind."""
    words = ["--net-mac:service=02:0A:ff:00:00:01", "--mem=7", "--block-sector-size:disk=4096", *_BOTH, "--x-exec-heap"]
    args = tender.args_read([*words, "kernel", "--mem=9", "x"], mft=_MFT)
    service = tender.Device("service", None, "tap0", 512, bytes.fromhex("020aff000001"))
    disk = tender.Device("disk", "image", None, 4096, None)
    assert (7 * _MIB, ("",), b"--mem=9 x", (service, disk)) == (
        args.mem_bytes,
        args.more,
        args.cmdline,
        args.devices,
    )


@given(st.integers(1, (1 << 32) - 2), st.integers(1, (1 << 32) - 2))
def test_a_user_brings_a_group(uid: int, gid: int) -> None:
    """A group is said behind a colon, or has the user's number."""
    assert (uid, gid) == tender.args_read([f"--user={uid}:{gid}", "kernel"]).user
    assert (uid, uid) == tender.args_read([f"--user={uid}", "kernel"]).user


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_a_question_needs_no_kernel(word: str) -> None:
    """--help and --version stand alone, whatever else is wrong behind them."""
    args = tender.args_read([word, "--nonsense"])
    assert (word == "--help", word == "--version") == (args.help, args.version)


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=20))
def test_arguments_are_joined_by_one_space(words: list[str]) -> None:
    """The guest's command line is its words with one space between, byte for byte."""
    assert " ".join(words).encode() == tender.args_read(["kernel", *words]).cmdline


@pytest.mark.parametrize(("sizes", "fits"), [((8191,), True), ((8192,), False), ((8189, 1), True), ((8190, 1), False)])
def test_a_command_line_has_8191_bytes(sizes: tuple[int, ...], *, fits: bool) -> None:
    """8191 bytes with the spaces between arrive whole; one more is refused, not cut."""
    words = ["y" * size for size in sizes]
    if fits:
        assert 8191 == len(tender.args_read(["kernel", *words]).cmdline)
    else:
        with pytest.raises(tender.RefusedError, match="8191"):
            tender.args_read(["kernel", *words])


_REFUSED = {
    "--mem=12x": "--mem=12x",
    "--mem=": "--mem=",
    "--mem=0": "--mem=0",
    "--mem=1048577": "1048576",
    "--mem": "unknown option",
    "--mem=1 --mem=1": "given twice",
    "--x-exec-heap --x-exec-heap": "given twice",
    "--nonsense": "--nonsense",
    "-": "unknown option",
    "--block:disk": "NAME=VALUE",
    "--block:=x": "NAME=VALUE",
    "--block:disk=": "NAME=VALUE",
    "--net:service=a --net:service=b": "given twice",
    "--block-sector-size:disk=256": "power of two",
    "--block-sector-size:disk=521": "power of two",
    "--block-sector-size:disk=65536": "power of two",
    "--block-sector-size:disk=512 --block-sector-size:disk=512": "given twice",
    "--net-mac:service=02:00:00:00:00": "six bytes",
    "--net-mac:service=02:00:00:00:00:00:00": "six bytes",
    "--net-mac:service=02-00-00-00-00-01": "six bytes",
    "--net-mac:service=0g:00:00:00:00:01": "six bytes",
    "--net-mac:service=00:00:00:00:00:00": "zeros",
    "--net-mac:service=01:00:00:00:00:00": "multicast",
    f"--block:{'n' * 68}=x": "NAME=VALUE",
    "--user=0": "numbers from 1 to 4294967294",
    "--user=1:0": "numbers from 1 to 4294967294",
    "--user=4294967295": "numbers from 1 to 4294967294",
    "--user=1:4294967295": "numbers from 1 to 4294967294",
    "--user=18446744073709551617": "numbers from 1 to 4294967294",
    "--user=1:": "UID or UID:GID",
    "--user=:1": "UID or UID:GID",
    "--user=1:2:3": "UID or UID:GID",
    "--user=root": "UID or UID:GID",
    "--user=": "UID or UID:GID",
    "--user=1 --user=1": "given twice",
    "--": "no kernel",
    "": "no kernel",
}


@pytest.mark.parametrize(("words", "says"), _REFUSED.items(), ids=_REFUSED)
def test_a_wrong_option_is_one_line(words: str, says: str) -> None:
    """Each mistake is refused, by one line that names it."""
    kernel = [] if says == "no kernel" else ["kernel"]
    with pytest.raises(tender.RefusedError) as caught:
        tender.args_read([*words.split(), *kernel])
    assert says in str(caught.value)
    assert 1 == len(str(caught.value).splitlines())


_UNMATCHED = {
    "not attached": ((_BOTH[0],), "service"),
    "unknown": ((*_BOTH, "--block:other=x"), "other"),
    "wrong kind": (("--net:disk=x", _BOTH[1]), "block"),
    "two kinds": (("--net:disk=x", *_BOTH), "block"),
    "block size of a net": ((*_BOTH, "--block-sector-size:service=512"), "service"),
    "address of a block": ((*_BOTH, "--net-mac:disk=02:00:00:00:00:01"), "disk"),
    "only an option of it": (("--block-sector-size:disk=512", _BOTH[1]), "disk"),
}


@pytest.mark.parametrize(("words", "says"), _UNMATCHED.values(), ids=_UNMATCHED)
def test_devices_are_those_of_the_manifest(words: tuple[str, ...], says: str) -> None:
    """Every device of the manifest is attached, as its kind, and no other."""
    with pytest.raises(tender.RefusedError, match=says):
        tender.args_read([*words, "kernel"], mft=_MFT)


def test_64_devices_are_one_too_many() -> None:
    """As many devices as a manifest can have fit; the next is refused."""
    words = [f"--net:n{number}=tap{number}" for number in range(64)]
    assert 63 == len(tender.args_read([*words[:63], "kernel"]).devices)
    with pytest.raises(tender.RefusedError, match="more than 63"):
        tender.args_read([*words, "kernel"])


def test_a_message_stays_one_line() -> None:
    """Line ends and escapes in others' text do not get into the message."""
    with pytest.raises(tender.RefusedError) as caught:
        tender.args_read(["--nonsense\n\x1b[31m", "kernel"])
    assert str(caught.value).isprintable()
