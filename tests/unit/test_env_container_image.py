# SPDX-License-Identifier: ISC
"""solo5.env.container.image: what goes into an image, as values; no engine is asked."""

from __future__ import annotations

import pytest

from solo5.debian import releases
from solo5.env.container import image
from solo5.errors import UsageError
from solo5.facts import tree


def test_each_release_has_an_image() -> None:
    """Images of two releases differ in both layers, and each has its own kernels; by default it is the host's."""
    recipes = {name: image.recipe(tree(), name) for name in releases.names(tree())}
    assert len(recipes) == len({recipe.image for recipe in recipes.values()})
    assert len(recipes) == len({recipe.system for recipe in recipes.values()})
    assert len(recipes) == len({recipe.pins for recipe in recipes.values()})


def test_the_hosts_release_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name, the image is of the host's release; an unknown name is refused with the known ones."""
    monkeypatch.setattr(releases, "host", lambda: "trixie")
    assert image.recipe(tree(), "trixie") == image.recipe(tree())
    with pytest.raises(UsageError, match=r"release 'buzz': not known; known: bookworm"):
        image.recipe(tree(), "buzz")
