# SPDX-License-Identifier: ISC
"""The policies that filters are tested with, and what each allows, as a formula.

The formula follows the words of tenders/common/policy.h. It shares nothing with the filter: numbers of system
calls are libseccomp's, and there is neither an order nor a jump in it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

import bpf_symbolic
import pyseccomp
import z3

from solo5.facts import tree
from solo5.tender import Policy, PolicyDevice

U32: Final = 1 << 32
U64: Final = 1 << 64
#: arch_prctl(2)'s request that sets the thread pointer (asm/prctl.h).
ARCH_SET_FS: Final = 0x1002
#: ioctl(2)'s request that runs a virtual processor (linux/kvm.h).
KVM_RUN: Final = 0xAE80
CPU_FD: Final = 90
CLOCK_REALTIME, CLOCK_MONOTONIC = 0, 1
ITIMER_REAL: Final = 0


def net(fd: int) -> PolicyDevice:
    """Return a network device."""
    return PolicyDevice(fd, is_net=True)


def block(fd: int, capacity: int, block_size: int = 512) -> PolicyDevice:
    """Return a block device; sizes in bytes."""
    return PolicyDevice(fd, capacity=capacity, block_size=block_size)


SETS: Final = {
    "none": (),
    "net": (net(5),),
    "block": (block(5, 1 << 20),),
    "one-block": (block(5, 512),),
    "both": (net(5), block(6, 4096, 4096)),
    "beyond-4G": (block(5, 3 * U32 + 4096, 4096), block(6, U32), block(7, 2 * U32 - 512), net(8)),
    "63": tuple(net(5 + i) if i % 3 == 0 else block(5 + i, (i + 1) << 20, 512 << i % 7) for i in range(63)),
    "63-blocks": tuple(block(70 - i, (i + 1) << 30) for i in range(63)),
}
#: What no file can be, and what a filter must be right for all the same.
_ODD: Final = {
    "odd-sizes": (block(5, 1000, 1000), block(6, 3 * U32 + 999, 7), block(7, 2 * U32 - 1, 512), block(8, U32 - 1, 1)),
    "empty": (block(5, 0), net(6)),
    "smaller-than-a-block": (block(5, 511), block(6, 4096)),
    "largest": (block(5, U64 - 1), block(6, U64 - U32, 512), block(7, (1 << 63) - 512), block(8, U64 - U32 + 511)),
    "63-nets": tuple(net(5 + i) for i in range(63)),
}
ALL_SETS: Final = SETS | _ODD

#: What solo5-hvt asks for, but for block calls, whose lengths it checks itself.
CPU: Final = Policy(error_fd=2, cpu_fd=CPU_FD, cpu_request=KVM_RUN)
#: solo5-spt for guests of ABI 2 and of ABI 1; solo5-hvt; and what no tender asks for yet.
BASES: Final = {
    "guest": Policy(),
    "guest-abi-1": Policy(any_length=True),
    "tender": dataclasses.replace(CPU, any_length=True),
    "tender-one-block": CPU,
}
#: No descriptor has a number that it has anywhere else.
MOVED: Final = Policy(SETS["both"], console_fd=20, error_fd=0, poll_fd=21, timer_fd=22, cpu_fd=23, cpu_request=1)


def call_number(arch: str, call: str) -> int:
    """Return the number of a system call, as libseccomp knows it; negative: the architecture has no such call."""
    return int(pyseccomp.resolve_syscall(getattr(pyseccomp.Arch, tree().arch(arch).linux.seccomp_arch), call))


def _any(conditions: Sequence[Any]) -> Any:  # noqa: ANN401 - z3 has no types
    return z3.Or(*conditions) if conditions else z3.BoolVal(val=False)


def _inside(device: PolicyDevice, data: bpf_symbolic.Data, *, any_length: bool) -> Any:  # noqa: ANN401
    """Return when a call to a block device stays inside: a length in argument 2, an offset in argument 3."""
    length, offset = data.arg(2), data.arg(3)
    length_is_right = z3.ULT(length, U32) if any_length else length == device.block_size
    # One bit more, so that the sum cannot wrap.
    end = z3.ZeroExt(1, offset) + z3.ZeroExt(1, length)
    return z3.And(length_is_right, z3.ULE(end, z3.BitVecVal(device.capacity, 65)))


def allowed(arch: str, policy: Policy, data: bpf_symbolic.Data) -> Any:  # noqa: ANN401
    """Return when a policy allows what is in struct seccomp_data: a formula over all inputs."""

    def call(name: str) -> Any:  # noqa: ANN401
        return data.nr == z3.BitVecVal(call_number(arch, name), 32)

    def first_is(*values: int) -> Any:  # noqa: ANN401
        return _any([data.arg(0) == value for value in values])

    nets = [device.fd for device in policy.devices if device.is_net]
    blocks = [device for device in policy.devices if not device.is_net]
    outputs = [policy.console_fd] + ([] if policy.error_fd is None else [policy.error_fd])
    ways = [
        # Reading and writing frames of a network device; writing to console_fd and error_fd.
        z3.And(call("read"), first_is(*nets)),
        z3.And(call("write"), first_is(*nets, *outputs)),
        # Reading and writing a block device, inside its capacity.
        z3.And(
            z3.Or(call("pread64"), call("pwrite64")),
            _any(
                [z3.And(first_is(device.fd), _inside(device, data, any_length=policy.any_length)) for device in blocks]
            ),
        ),
        # Waiting on poll_fd, with no signal mask; setting timer_fd; the two clocks.
        z3.And(call("epoll_pwait"), first_is(policy.poll_fd), data.arg(4) == 0),
        z3.And(call("timerfd_settime"), first_is(policy.timer_fd)),
        z3.And(call("clock_gettime"), first_is(CLOCK_MONOTONIC, CLOCK_REALTIME)),
        # The end of the process.
        call("exit_group"),
    ]
    if policy.error_fd is not None:
        # Setting an alarm.
        ways.append(z3.And(call("setitimer"), first_is(ITIMER_REAL)))
    if call_number(arch, "arch_prctl") >= 0:
        # Setting the thread pointer, where that is a system call.
        ways.append(z3.And(call("arch_prctl"), first_is(ARCH_SET_FS)))
    if policy.cpu_fd is not None:
        # The one request to the virtual processor.
        ways.append(z3.And(call("ioctl"), first_is(policy.cpu_fd), data.arg(1) == policy.cpu_request))
    return z3.And(data.arch == z3.BitVecVal(tree().arch(arch).linux.audit_arch, 32), _any(ways))
