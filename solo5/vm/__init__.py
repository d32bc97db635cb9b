# SPDX-License-Identifier: ISC
"""Virtual machines that run jobs: what they boot, and how they are spoken to.

`protocol` is the Python side of init/ (solo5-init, in C), for places on this
host as well; `boot` and `modules` make what a machine boots; `machine` starts
it and keeps its life apart from that of its guests.
"""
