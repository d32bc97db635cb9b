# SPDX-License-Identifier: ISC
"""Benchmarks: what is measured, the turns that are taken, the ratios."""

__all__ = ["run"]
