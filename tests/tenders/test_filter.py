# SPDX-License-Identifier: ISC
"""The filter's proof: ours and libseccomp's agree, everywhere that can matter.

Both programs run on a simulator, for every call number, other architectures'
numbers, and arguments at every boundary. What neither can express is not the
policy: offsets and lengths of ABI 1 are compared with arithmetic instead.
"""

from __future__ import annotations

import dataclasses
import itertools
import tempfile
from collections.abc import Iterator

import bpf
import pyseccomp
import pytest

from solo5 import tender
from solo5.facts import tree
from solo5.tender import Policy, PolicyDevice

_U32, _U64 = 1 << 32, 1 << 64
_CALLS = 1024
_X32 = 0x40000000
_ARCH_SET_FS = 0x1002
#: AUDIT_ARCH_* of machines that the tree does not know (linux/audit.h).
_OTHER_AUDIT = (0x40000003, 0x40000028, 0x80000015, 0xC00000F3, 0x40000014)


def _net(fd: int) -> PolicyDevice:
    return PolicyDevice(fd, is_net=True)


def _block(fd: int, capacity: int, block_size: int = 512) -> PolicyDevice:
    return PolicyDevice(fd, capacity=capacity, block_size=block_size)


#: ioctl(2)'s request that runs a virtual processor (linux/kvm.h).
_KVM_RUN = 0xAE80
#: What solo5-hvt asks for, but for block calls, whose lengths it checks itself.
_CPU_FD = 90
_CPU = Policy(error_fd=2, cpu_fd=_CPU_FD, cpu_request=_KVM_RUN)

_SETS = {
    "none": (),
    "net": (_net(5),),
    "block": (_block(5, 1 << 20),),
    "one-block": (_block(5, 512),),
    "both": (_net(5), _block(6, 4096, 4096)),
    "beyond-4G": (_block(5, 3 * _U32 + 4096, 4096), _block(6, _U32), _block(7, 2 * _U32 - 512), _net(8)),
    "63": tuple(_net(5 + i) if i % 3 == 0 else _block(5 + i, (i + 1) << 20, 512 << i % 7) for i in range(63)),
    "63-blocks": tuple(_block(70 - i, (i + 1) << 30) for i in range(63)),
}


def _ours(arch: str, policy: Policy) -> tuple[bpf.Insn, ...]:
    return tuple((each.code, each.jt, each.jf, each.k) for each in tender.filter_build(arch, policy))


def _reference(arch: str, policy: Policy) -> tuple[bpf.Insn, ...]:
    """Let libseccomp make the filter of the same policy."""
    made = pyseccomp.SyscallFilter(pyseccomp.KILL_PROCESS)
    native, wanted = pyseccomp.system_arch(), getattr(pyseccomp.Arch, tree().arch(arch).linux.seccomp_arch)
    if wanted != native:
        made.add_arch(wanted)
        made.remove_arch(native)
    made.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)

    def allow(call: str, *bounds: pyseccomp.Arg) -> None:
        made.add_rule(pyseccomp.ALLOW, call, *bounds)

    def first_is(value: int) -> pyseccomp.Arg:
        return pyseccomp.Arg(0, pyseccomp.EQ, value)

    allow("write", first_is(policy.console_fd))
    if policy.error_fd is not None:
        allow("write", first_is(policy.error_fd))
    if policy.cpu_fd is not None:
        allow("ioctl", first_is(policy.cpu_fd), pyseccomp.Arg(1, pyseccomp.EQ, policy.cpu_request))
    for device in policy.devices:
        if device.is_net:
            allow("write", first_is(device.fd))
            allow("read", first_is(device.fd))
            continue
        inside = pyseccomp.Arg(3, pyseccomp.LE, device.capacity - device.block_size)
        for call in ("pread64", "pwrite64"):
            allow(call, first_is(device.fd), pyseccomp.Arg(2, pyseccomp.EQ, device.block_size), inside)
    allow("epoll_pwait", first_is(policy.poll_fd), pyseccomp.Arg(4, pyseccomp.EQ, 0))
    allow("timerfd_settime", first_is(policy.timer_fd))
    allow("clock_gettime", first_is(0))
    allow("clock_gettime", first_is(1))
    allow("exit_group")
    if "set_thread_pointer" in tender.call_numbers(arch):
        allow("arch_prctl", first_is(_ARCH_SET_FS))
    with tempfile.TemporaryFile() as exported:
        made.export_bpf(exported)
        exported.seek(0)
        return bpf.unpack(exported.read())


def _around(*values: int) -> list[int]:
    return sorted({(value + step) % _U64 for value in values for step in (-1, 0, 1)})


def _descriptors(policy: Policy) -> list[int]:
    known = {device.fd for device in policy.devices} | {policy.console_fd, policy.poll_fd, policy.timer_fd}
    known |= {fd for fd in (policy.error_fd, policy.cpu_fd) if fd is not None}
    small = sorted(known | {0, 2, _CPU_FD, 999, 1 << 31, _U32 - 1})
    return [*small, *(fd + _U32 for fd in small), _U64 - 1]


def _sample(policy: Policy) -> tuple[PolicyDevice, ...]:
    """Return devices for what is too much for all: some of the first, middle and last."""
    devices, middle = policy.devices, len(policy.devices) // 2
    return devices if len(devices) < 8 else (*devices[:3], *devices[middle : middle + 3], *devices[-2:])


def _block_arguments(policy: Policy) -> Iterator[tuple[int, int, int, int]]:
    sample = _sample(policy)
    descriptors = [*sorted({device.fd for device in sample} | {1, 999}), 5 + _U32]
    sizes = {device.block_size for device in sample}
    lengths = sorted({0, 1, 511, 513, _U32 - 1, _U32, _U32 + 512, 1 << 63, _U64 - 1, _U64 - 512} | sizes | {512})
    blocks = [device for device in sample if not device.is_net]
    ends = [device.capacity for device in blocks]
    lasts = [device.capacity - device.block_size for device in blocks]
    offsets = _around(0, _U32, 1 << 63, *ends, *lasts, *(last + _U32 for last in lasts))
    for fd, length, offset in itertools.product(descriptors, lengths, offsets):
        yield fd, 0xDEAD, length, offset


def _foreign(audit: int) -> Iterator[tuple[int, ...]]:
    """Return calls of other architectures."""
    others = {each.linux.audit_arch for each in tree().archs()} | set(_OTHER_AUDIT)
    for other in sorted(others - {audit}):
        for nr in range(_CALLS):
            yield bpf.data(nr, other, (1, 0, 512))


#: Of ioctl: what is around 0 and the one request, also with a bit in the high half.
_REQUESTS = _around(0, _KVM_RUN, _KVM_RUN + _U32, _U64 - _U32 + _KVM_RUN)

#: Where epoll_pwait is told to find a signal mask: nowhere, and what is not nowhere in one half only.
_MASKS = (0, 1, 0x12000, _U32, _U32 - 1, _U64 - _U32, _U64 - 1)


def _more_arguments(call: str, firsts: list[int], policy: Policy) -> Iterator[tuple[int, ...]]:
    """Return the arguments of a call of which more than the first matters."""
    if call == "ioctl":
        yield from itertools.product(firsts, _REQUESTS)
    if call == "epoll_pwait":
        for first, mask in itertools.product(firsts, _MASKS):
            yield first, 0, 64, _U64 - 1, mask, 8
    if call in {"pread64", "pwrite64"}:
        yield from _block_arguments(policy)


def _probes(arch: str, policy: Policy) -> Iterator[tuple[int, ...]]:
    """Return every struct seccomp_data that the two are compared on."""
    audit = tree().arch(arch).linux.audit_arch
    numbers = tender.call_numbers(arch)
    typical = (0, 1, policy.poll_fd, policy.timer_fd, 5, _ARCH_SET_FS, _U32 + 1)
    for nr in (*range(_CALLS), *range(_X32, _X32 + _CALLS), 1 << 31, _U32 - 1):
        for first in typical:
            yield bpf.data(nr, audit, (first, 0, 512))
    yield from _foreign(audit)
    firsts = [*_descriptors(policy), *_around(_ARCH_SET_FS), _ARCH_SET_FS + _U32]
    for name, nr in numbers.items():
        for first in firsts:
            yield bpf.data(nr, audit, (first,))
        for arguments in _more_arguments(name, firsts, policy):
            yield bpf.data(nr, audit, arguments)


@pytest.mark.parametrize("devices", _SETS.values(), ids=_SETS)
@pytest.mark.parametrize("base", [Policy(), _CPU], ids=["guest", "tender"])
@pytest.mark.parametrize("arch", tender.arch_names())
def test_our_filter_and_libseccomps_agree(arch: str, base: Policy, devices: tuple[PolicyDevice, ...]) -> None:
    """For a guest of ABI 2, and a tender with a virtual processor, each probe gets the same verdict from both."""
    policy = dataclasses.replace(base, devices=devices)
    ours, reference = _ours(arch, policy), _reference(arch, policy)
    seen = set()
    for words in _probes(arch, policy):
        verdict = bpf.verdict(ours, words)
        seen.add(verdict)
        assert bpf.verdict(reference, words) == verdict, words
    assert {bpf.ALLOW, bpf.KILL_PROCESS} == seen


@pytest.mark.parametrize("arch", tender.arch_names())
def test_every_descriptor_is_the_policys(arch: str) -> None:
    """No descriptor has a number of its own in the filter, not even the console."""
    policy = Policy(_SETS["both"], console_fd=20, error_fd=0, poll_fd=21, timer_fd=22, cpu_fd=23, cpu_request=1)
    ours, reference = _ours(arch, policy), _reference(arch, policy)
    for words in _probes(arch, policy):
        assert bpf.verdict(reference, words) == bpf.verdict(ours, words), words


@pytest.mark.parametrize("devices", _SETS.values(), ids=_SETS)
@pytest.mark.parametrize("arch", tender.arch_names())
def test_abi_1_may_move_any_bytes_inside_a_device(arch: str, devices: tuple[PolicyDevice, ...]) -> None:
    """For ABI 1, a block call is allowed if, and only if, offset and length end inside its device."""
    policy = Policy(devices, any_length=True)
    program, audit = _ours(arch, policy), tree().arch(arch).linux.audit_arch
    capacity = {device.fd: device.capacity for device in devices if not device.is_net}
    for call in ("pread64", "pwrite64"):
        nr = tender.call_numbers(arch)[call]
        for fd, buffer, length, offset in _block_arguments(policy):
            # No read or write moves more than 2 GiB (read(2)), so longer ones need not pass.
            inside = fd in capacity and length < _U32 and offset + length <= capacity[fd]
            expected = bpf.ALLOW if inside else bpf.KILL_PROCESS
            assert expected == bpf.verdict(program, bpf.data(nr, audit, (fd, buffer, length, offset)))


#: What has no constant, since it works on the index register: TAX, ADD X, JGE X.
_OF_INDEX = (0x07, 0x0C, 0x3D)
_NOTHING = (0x05, 0, 0, 0)


def _mutants(program: tuple[bpf.Insn, ...]) -> Iterator[tuple[int, tuple[bpf.Insn, ...]]]:
    """Return the program with one constant off by one, one branch turned round, or what has no constant left out."""
    for at, (code, jt, jf, k) in enumerate(program):
        yield at, (*program[:at], _NOTHING if code in _OF_INDEX else (code, jt, jf, k ^ 1), *program[at + 1 :])
        if jt != jf:
            yield at, (*program[:at], (code, jf, jt, k), *program[at + 1 :])


@pytest.mark.parametrize("base", [Policy(), _CPU], ids=["guest", "tender"])
@pytest.mark.parametrize("arch", tender.arch_names())
def test_a_damaged_filter_is_noticed(arch: str, base: Policy) -> None:
    """Whichever instruction is changed, some probe tells: the comparison above is no empty one."""
    policy = dataclasses.replace(base, devices=_SETS["both"])
    program = _ours(arch, policy)
    probes = [(words, bpf.verdict(program, words)) for words in _probes(arch, policy)]
    # The probes that are allowed, and their neighbours, tell fastest.
    probes.sort(key=lambda probe: probe[1] != bpf.ALLOW)

    def differs(mutant: tuple[bpf.Insn, ...]) -> bool:
        for words, expected in probes:
            try:
                if bpf.verdict(mutant, words) != expected:
                    return True
            except (ValueError, IndexError):
                return True
        return False

    unnoticed = [at for at, mutant in _mutants(program) if not differs(mutant)]
    assert [] == unnoticed


@pytest.mark.parametrize("arch", tender.arch_names())
def test_the_largest_filter_fits(arch: str) -> None:
    """As many block devices as a manifest can have, each with the longest checks, stay far from the kernel's limit."""
    devices = tuple(_block(70 - i, (i + 1) << 30) for i in range(63))
    program = tender.filter_build(arch, dataclasses.replace(_CPU, devices=devices, any_length=True))
    assert len(program) <= 26 * 64 + 100
