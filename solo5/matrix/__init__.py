# SPDX-License-Identifier: ISC
"""The matrix: every case of every guest, in every cell, and what came of it.

Tables beside the guests say what is to happen (cases), plain functions make
jobs of them (plan) and judge their outcomes (verdict), pytest runs them
(plugin), and the results become files (report) and a table (table). What runs
a job, solo5.run owns; what builds the programs, solo5.builder.
"""

__all__ = ["archive", "cases", "changes", "explain", "flow", "programs", "repeat", "request", "retold"]
