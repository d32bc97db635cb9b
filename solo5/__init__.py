# SPDX-License-Identifier: ISC
"""Solo5: run unikernels, and the workshop that builds, runs and tests them."""

__version__ = "0.1.0"
