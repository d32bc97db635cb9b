# SPDX-License-Identifier: ISC
"""Virtual machines that run jobs.

`boot` and `modules` make what a machine boots; `qemu` is one running QEMU,
and `qmp` its monitor; `snapshot` keeps saved machines; `machine` decides
which way one starts, and keeps its life apart from that of its guests.
"""
