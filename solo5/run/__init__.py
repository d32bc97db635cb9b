# SPDX-License-Identifier: ISC
"""Running guests: what a job is, where it can run, and how it ended."""
