# SPDX-License-Identifier: ISC
"""What runs a job anywhere: its values, solo5-init (C, in init/), and how to speak with it.

Places are built on this: virtual machines (solo5.vm) and this host
(solo5.run.host).
"""
