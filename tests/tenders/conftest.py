# SPDX-License-Identifier: ISC
"""Settings of these tests: the same examples in each run, none timed."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "tenders",
    deadline=None,
    derandomize=True,
    max_examples=150,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tenders")
