# SPDX-License-Identifier: ISC
"""The filter's proof: filter and policy agree for every input there can be.

A solver (z3) is asked for a call that the two decide differently, and has none. It knows the filter as bpf_symbolic.py
runs it, and the policy as the formula of policies.py. test_bpf.py compares the former with a simulator and the kernel.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import bpf
import bpf_symbolic
import kernel
import mutants
import pyseccomp
import pytest
import z3
from policies import ALL_SETS, ARCH_SET_FS, BASES, CPU, ITIMER_REAL, MOVED, SETS, U32, allowed, block, call_number, net

from solo5 import tender
from solo5.facts import tree
from solo5.tender import Policy, PolicyDevice

_DATA = bpf_symbolic.Data()


def _ours(arch: str, policy: Policy) -> bpf.Program:
    return tuple((each.code, each.jt, each.jf, each.k) for each in tender.filter_build(arch, policy))


def _reference(arch: str, policy: Policy) -> bpf.Program:
    """Let libseccomp make the filter of the same policy."""
    made = pyseccomp.SyscallFilter(pyseccomp.KILL_PROCESS)
    made.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    native, wanted = pyseccomp.system_arch(), getattr(pyseccomp.Arch, tree().arch(arch).linux.seccomp_arch)
    if wanted != native:
        made.add_arch(wanted)
        made.remove_arch(native)
    for call, *bounds in _rules(arch, policy):
        made.add_rule(pyseccomp.ALLOW, call, *bounds)
    with tempfile.TemporaryFile() as exported:
        made.export_bpf(exported)
        exported.seek(0)
        return bpf.unpack(exported.read())


def _first_is(value: int) -> pyseccomp.Arg:
    return pyseccomp.Arg(0, pyseccomp.EQ, value)


def _rules(arch: str, policy: Policy) -> Iterator[tuple[Any, ...]]:
    """Yield what libseccomp is to allow: a call, and bounds of its arguments."""
    yield "write", _first_is(policy.console_fd)
    if policy.error_fd is not None:
        yield "write", _first_is(policy.error_fd)
        yield "setitimer", _first_is(ITIMER_REAL)
    if policy.cpu_fd is not None:
        yield "ioctl", _first_is(policy.cpu_fd), pyseccomp.Arg(1, pyseccomp.EQ, policy.cpu_request)
    for device in policy.devices:
        if device.is_net:
            yield "write", _first_is(device.fd)
            yield "read", _first_is(device.fd)
        elif device.capacity >= device.block_size:
            inside = pyseccomp.Arg(3, pyseccomp.LE, device.capacity - device.block_size)
            for call in ("pread64", "pwrite64"):
                yield call, _first_is(device.fd), pyseccomp.Arg(2, pyseccomp.EQ, device.block_size), inside
    yield "epoll_pwait", _first_is(policy.poll_fd), pyseccomp.Arg(4, pyseccomp.EQ, 0)
    yield "timerfd_settime", _first_is(policy.timer_fd)
    yield "clock_gettime", _first_is(0)
    yield "clock_gettime", _first_is(1)
    yield ("exit_group",)
    if call_number(arch, "arch_prctl") >= 0:
        yield "arch_prctl", _first_is(ARCH_SET_FS)


def _proved(program: bpf.Program, arch: str, policy: Policy) -> None:
    """Prove that a program allows what the policy allows, and kills all else."""
    kill, allow = (z3.BitVecVal(each, 32) for each in (bpf.KILL_PROCESS, bpf.ALLOW))
    wanted = z3.If(allowed(arch, policy, _DATA), allow, kill)
    witness = bpf_symbolic.difference(bpf_symbolic.verdict(program, _DATA), wanted, _DATA)
    # The simulator has the last word about what the solver says.
    assert witness is None, f"{witness}: {bpf.verdict(program, witness):#x}"


@pytest.mark.parametrize("devices", ALL_SETS.values(), ids=ALL_SETS)
@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
@pytest.mark.parametrize("arch", tender.arch_names())
def test_filter_and_policy_agree_for_every_input(arch: str, base: Policy, devices: tuple[PolicyDevice, ...]) -> None:
    """Of the 2^512 inputs that there are, the filter allows what the policy's words allow, and kills all others."""
    policy = dataclasses.replace(base, devices=devices)
    _proved(_ours(arch, policy), arch, policy)


@pytest.mark.parametrize("devices", ALL_SETS.values(), ids=ALL_SETS)
@pytest.mark.parametrize("base", [Policy(), CPU], ids=["guest", "tender"])
@pytest.mark.parametrize("arch", tender.arch_names())
def test_our_filter_and_libseccomps_agree(arch: str, base: Policy, devices: tuple[PolicyDevice, ...]) -> None:
    """For a guest of ABI 2, and a tender with a virtual processor, libseccomp's filter is the policy, too."""
    policy = dataclasses.replace(base, devices=devices)
    _proved(_reference(arch, policy), arch, policy)


@pytest.mark.parametrize("arch", tender.arch_names())
def test_every_descriptor_is_the_policys(arch: str) -> None:
    """No descriptor has a number of its own in the filter, not even the console."""
    for policy in (MOVED, dataclasses.replace(MOVED, any_length=True)):
        _proved(_ours(arch, policy), arch, policy)
    _proved(_reference(arch, MOVED), arch, MOVED)


@pytest.mark.parametrize("devices", SETS.values(), ids=SETS)
@pytest.mark.parametrize("arch", tender.arch_names())
def test_abi_1_may_move_any_bytes_inside_a_device(arch: str, devices: tuple[PolicyDevice, ...]) -> None:
    """For ABI 1, the first and the last byte of each device may be read and written, and no byte beyond."""
    program, audit = _ours(arch, Policy(devices, any_length=True)), tree().arch(arch).linux.audit_arch
    for call in ("pread64", "pwrite64"):
        for device in (each for each in devices if not each.is_net):
            ranges = {(0, 0): True, (0, 1): True, (device.capacity - 1, 1): True, (device.capacity, 0): True}
            ranges |= {(device.capacity, 1): False, (device.capacity - 1, 2): False, (0, U32): False}
            for (offset, length), inside in ranges.items():
                words = bpf.data(call_number(arch, call), audit, (device.fd, 0xDEAD, length, offset))
                assert (bpf.ALLOW if inside else bpf.KILL_PROCESS) == bpf.verdict(program, words), (offset, length)


#: Every instruction that filter.c can emit: offsets below 4 GiB and above, of one block and of any length.
_DAMAGED_BASES = {each: BASES[each] for each in ("guest", "tender")}
_DAMAGED = (net(5), block(6, 4096, 4096), block(7, 3 * U32 + 4608))


@dataclass
class _Found:
    """What became of all mutants of a filter."""

    counts: Counter[str]
    equal: list[str]
    """Those that decide alike for every input, and why nobody can tell them apart."""
    witnesses: list[tuple[tuple[int, ...], int]]
    """Inputs, and what the filter itself says to each."""


def _why_equal(program: bpf.Program, at: int, what: str) -> str | None:
    """Return the reason why a mutant is as good; None: there is none that we know."""
    code, _, _, k = program[at]
    if what == "twice" and code in {bpf.LD_ABS, bpf.RET_K}:
        return "repeats"  # no jump leads over it
    if what == f"code {code | bpf.OF_INDEX:#x}" and k == 0:
        return "the index register is zero, too"
    if code == bpf.JEQ and (bpf.JGT, k) in {(each[0], each[3]) for each in program[at - 2 : at]}:
        # What is above K is gone: to be equal is to be at least K, or to have its one bit.
        return "only up to k" if what in {f"code {bpf.JGE:#x}", f"code {bpf.JSET:#x}"} else None
    return None


def _found(program: bpf.Program) -> _Found:
    """Look for an input that tells, for each mutant: among those that told others first."""
    formula = bpf_symbolic.verdict(program, _DATA)
    found = _Found(Counter(), [], [])
    for mutant in mutants.of(program):
        try:
            bpf.check(mutant.program)
        except bpf.RefusedError:
            found.counts["refused"] += 1
            continue
        known = next((each for each in found.witnesses if bpf.verdict(mutant.program, each[0]) != each[1]), None)
        if known is None:
            witness = bpf_symbolic.difference(bpf_symbolic.verdict(mutant.program, _DATA), formula, _DATA)
            if witness is None:
                found.equal.append(f"{mutant.what}: {_why_equal(program, mutant.at, mutant.what)}")
                continue
            known = witness, bpf.verdict(program, witness)
            assert known[1] != bpf.verdict(mutant.program, witness), mutant.what
        else:
            found.witnesses.remove(known)
        # Who told last tells soonest: the next mutant is its neighbour.
        found.witnesses.insert(0, known)
        found.counts["told apart"] += 1
    return found


@pytest.mark.parametrize("base", _DAMAGED_BASES.values(), ids=_DAMAGED_BASES)
@pytest.mark.parametrize("arch", tender.arch_names())
def test_a_damaged_filter_is_noticed(arch: str, base: Policy) -> None:
    """Whichever instruction is changed, left out or doubled: the kernel refuses it, or it decides some call otherwise.

    The few that do neither are proved to be the same for every input, and the reason is known.
    """
    found = _found(_ours(arch, dataclasses.replace(base, devices=_DAMAGED)))
    print(dict(found.counts), *found.equal, sep="\n")
    assert [] == [each for each in found.equal if each.endswith("None")]
    assert len(found.equal) < found.counts["told apart"] / 200


@pytest.mark.skipif(tree().host_arch() is None, reason="this host's architecture is not in the tree")
@pytest.mark.parametrize("base", _DAMAGED_BASES.values(), ids=_DAMAGED_BASES)
def test_the_kernel_decides_as_the_proof_says(base: Policy) -> None:
    """What tells mutants apart, calls at every boundary of the policy, this kernel decides as the simulator does."""
    host = tree().host_arch()
    assert host is not None
    program = _ours(host.name, dataclasses.replace(base, devices=_DAMAGED))
    probes = [each for each, _ in _found(program).witnesses if each[1] == host.linux.audit_arch]
    expected = [bpf.verdict(program, each) for each in probes]
    assert {bpf.ALLOW, bpf.KILL_PROCESS} == set(expected)
    assert expected == kernel.verdicts(program, probes)


@pytest.mark.parametrize("arch", tender.arch_names())
def test_the_largest_filter_fits(arch: str) -> None:
    """As many block devices as a manifest can have, each with the longest checks, stay far from the kernel's limit."""
    devices = tuple(block(70 - i, (i + 1) << 33) for i in range(63))
    program = tender.filter_build(arch, dataclasses.replace(CPU, devices=devices, any_length=True))
    assert len(program) <= 26 * 64 + 100
