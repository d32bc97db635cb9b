# SPDX-License-Identifier: ISC
"""solo5.env.container.run: what a container is told, as values; no engine is asked."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from solo5 import cache
from solo5.env.container import run
from solo5.errors import MachineError
from solo5.facts import tree
from solo5.places import SNAPSHOTS_VARIABLE


def test_who_wants_no_saved_machines_gets_none_there_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that has machines boot is the same in the container; where it is not set, it is not there."""
    # No engine removes what was never made, so the record of it stays.
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    told: list[dict[str, str]] = []

    def create(*_words: object, environment: dict[str, str], **_rest: Any) -> NoReturn:  # noqa: ANN401 - the engine's
        told.append(environment)
        message = "enough"
        raise MachineError(message)

    client: Any = SimpleNamespace(containers=SimpleNamespace(create=create))
    for value in ("0", None):
        monkeypatch.delenv(SNAPSHOTS_VARIABLE, raising=False)
        if value is not None:
            monkeypatch.setenv(SNAPSHOTS_VARIABLE, value)
        with pytest.raises(MachineError, match="enough"):
            run.run(client, "image", ["true"], tree())
    assert ["0", None] == [each.get(SNAPSHOTS_VARIABLE) for each in told]
