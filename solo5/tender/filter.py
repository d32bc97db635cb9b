# SPDX-License-Identifier: ISC
"""What is allowed while a guest runs, and the seccomp filter that enforces it on Linux."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from solo5.tender.core import extension, linux_arch


@dataclass(frozen=True)
class PolicyDevice:
    """A device that may be used; sizes in bytes."""

    fd: int
    is_net: bool = False
    capacity: int = 0
    block_size: int = 0


@dataclass(frozen=True)
class Policy:
    """What is allowed while a guest runs (tenders/common/policy.h)."""

    devices: tuple[PolicyDevice, ...] = ()
    console_fd: int = 1
    error_fd: int | None = None
    poll_fd: int = 3
    timer_fd: int = 4
    any_length: bool = False
    """Whether a block call may move any number of bytes; else exactly a block."""
    cpu_fd: int | None = None
    """A virtual processor's."""
    cpu_request: int = 0
    """The one request to it (ioctl)."""


@dataclass(frozen=True)
class Insn:
    """One instruction of classic BPF (linux/filter.h)."""

    code: int
    jt: int
    jf: int
    k: int


def call_numbers(arch: str) -> dict[str, int]:
    """Return the system calls that a filter of the architecture can allow."""
    core = extension()
    table = linux_arch(arch)
    names = (
        "write",
        "read",
        "pread64",
        "pwrite64",
        "epoll_pwait",
        "timerfd_settime",
        "clock_gettime",
        "exit_group",
        "ioctl",
        "setitimer",
    )
    numbers = {name: getattr(table, name) for name in names}
    if table.set_thread_pointer != core.lib.LINUX_NO_CALL:
        numbers["set_thread_pointer"] = table.set_thread_pointer
    return numbers


def _policy(policy: Policy, keep: list[Any]) -> Any:  # noqa: ANN401
    lib, manifest = extension().lib, extension().ffi.new("union manifest *")
    keep.append(manifest)
    manifest.mft.entries = 1 + len(policy.devices)
    for handle, device in enumerate(policy.devices, 1):
        entry = manifest.mft.e[handle]
        entry.type, entry.b.hostfd = lib.MFT_DEV_BLOCK_BASIC, device.fd
        entry.u.block_basic.capacity, entry.u.block_basic.block_size = device.capacity, device.block_size
        if device.is_net:
            entry.type = lib.MFT_DEV_NET_BASIC
    return extension().ffi.new(
        "struct policy *",
        {
            "mft": extension().ffi.addressof(manifest.mft),
            "console_fd": policy.console_fd,
            "error_fd": lib.POLICY_NO_FD if policy.error_fd is None else policy.error_fd,
            "poll_fd": policy.poll_fd,
            "timer_fd": policy.timer_fd,
            "cpu_fd": lib.POLICY_NO_FD if policy.cpu_fd is None else policy.cpu_fd,
            "cpu_request": policy.cpu_request,
            "any_length": policy.any_length,
        },
    )


def filter_build(arch: str, policy: Policy) -> tuple[Insn, ...]:
    """Assemble the seccomp filter that enforces a policy on Linux."""
    core, keep = extension(), []  # type: ignore[var-annotated]
    insns = core.ffi.new("struct sock_filter[]", core.lib.BPF_MAXINSNS)
    count = core.lib.filter_build(linux_arch(arch), _policy(policy, keep), insns)
    return tuple(Insn(each.code, each.jt, each.jf, each.k) for each in insns[0:count])
