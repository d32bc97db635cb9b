# SPDX-License-Identifier: ISC
"""Solo5: run unikernels, and the workshop that builds, runs and tests them."""

__all__ = ["__version__"]

__version__ = "0.12.100"
