# SPDX-License-Identifier: ISC
"""Running guests: what a job is, where it can run, and how it ended."""

__all__ = ["shell", "single"]
