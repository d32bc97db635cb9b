# SPDX-License-Identifier: ISC
"""Virtual machines that run jobs.

`boot` and `modules` make what a machine boots; `machine` starts it and keeps
its life apart from that of its guests.
"""
