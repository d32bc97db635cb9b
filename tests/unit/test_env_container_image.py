# SPDX-License-Identifier: ISC
"""solo5.env.container.image: what goes into an image, as values; no engine is asked."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest
from loopback import serving

from solo5.debian import releases
from solo5.env.container import image
from solo5.errors import UntrustedError, UsageError
from solo5.facts import Tree, tree


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


def test_another_wheel_than_the_lock_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel of other bytes is refused in a line with its name and both hashes; nothing of it gets into an image."""
    name, content = "a_package-1-py3-none-any.whl", b"another wheel's bytes"
    expected, got = "12" * 32, hashlib.sha256(content).hexdigest()
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci" / "requirements.txt").write_text(f"a-package==1 --hash=sha256:{expected}\n")
    page = f'<a href="/{name}">{name}</a>'.encode()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    python, site = f"{sys.version_info.major}.{sys.version_info.minor}", tmp_path / "site"
    with serving({"/a-package/": ("text/html", page), f"/{name}": ("application/zip", content)}) as address:
        monkeypatch.setenv("PIP_INDEX_URL", address)
        with pytest.raises(UntrustedError) as caught:
            image.install_wheels(Tree(tmp_path), python, site)
    said = (
        f"the locked Python packages: {name}: its SHA-256 is {got}, expected is {expected}; it is not used; to repeat"
    )
    assert str(caught.value).startswith(said)
    assert [] == [path for path in tmp_path.rglob("*") if path.is_file() and content in path.read_bytes()]
