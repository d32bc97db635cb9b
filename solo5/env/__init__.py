# SPDX-License-Identifier: ISC
"""Where sessions do their work: on this host, or in a container that has all they need.

`choose` decides, `engine` talks to the container engine, `image` makes what
containers are made of, `container` runs a session in one.
"""

__all__ = ["choose", "engine", "image", "leftovers", "session"]
