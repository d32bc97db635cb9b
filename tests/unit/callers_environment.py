# SPDX-License-Identifier: ISC
"""What a caller may have set: variables that compilers, linkers, Python, Meson, pytest and nox take for settings."""

from __future__ import annotations

from typing import Final

#: By name; each value would change what is built or run, or end it. Sources: GCC manual, "Environment Variables
#: Affecting GCC"; Clang's "Clang Compiler User's Manual"; ld(1); Meson, "Environment variables"; ninja(1); python(1);
#: pytest, "Environment variables"; xdist, Hypothesis, nox and pip, their manuals.
SETTINGS: Final = {
    **dict.fromkeys(("CFLAGS", "CXXFLAGS", "CPPFLAGS"), "-O0 -DNDEBUG -fno-stack-protector"),
    "LDFLAGS": "-Wl,--no-such-option",
    **dict.fromkeys(("CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH"), "/usr/include"),
    **dict.fromkeys(("LIBRARY_PATH", "LD_RUN_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX", "LPATH"), "/nonexistent"),
    **dict.fromkeys(("CC", "CC_LD", "LD", "AR", "STRIP", "OBJCOPY", "CC_FOR_BUILD"), "false"),
    **dict.fromkeys(("DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES"), "/nonexistent/dependencies"),
    "GCC_COMPARE_DEBUG": "-g0",
    "GCC_COLORS": "error=01;31",
    "CCC_OVERRIDE_OPTIONS": "# ^-O0",
    "LDEMULATION": "none",
    "GNUTARGET": "none",
    "CROSS_COMPILE": "none-",
    "PKG_CONFIG_PATH": "/nonexistent",
    "MAKEFLAGS": "-j77",
    "NINJA_STATUS": "error: %e",
    "NINJAFLAGS": "-n",
    "MESON_FORCE_BACKTRACE": "1",
    "SOURCE_DATE_EPOCH": "1234567890",
    "TZ": "Pacific/Kiritimati",
    **dict.fromkeys(("LANG", "LANGUAGE", "LC_CTYPE", "LC_MESSAGES", "LC_COLLATE", "LC_NUMERIC"), "tr_TR.UTF-8"),
    "LC_ALL": "C",
    "PYTHONPATH": "/nonexistent",
    "PYTHONWARNINGS": "error",
    "PYTHONOPTIMIZE": "2",
    "PYTHONHASHSEED": "77",
    "PYTHONVERBOSE": "1",
    "PYTHONIOENCODING": "ascii:strict",
    "PYTHONSTARTUP": "/nonexistent",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_ADDOPTS": "--cov=x",
    "PYTEST_PLUGINS": "nonexistent_plugin",
    "PYTEST_XDIST_WORKER": "gw7",
    "PYTEST_XDIST_AUTO_NUM_WORKERS": "77",
    "PYTEST_THEME": "none",
    "PY_COLORS": "1",
    "HYPOTHESIS_STORAGE_DIRECTORY": "/nonexistent",
    "NOX_DEFAULT_VENV_BACKEND": "uv",
    "NOXSESSION": "none",
    "NOXPYTHON": "2.7",
    "PIP_TARGET": "/nonexistent",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "RUFF_CONFIG": "/nonexistent",
    "MYPYPATH": "/nonexistent",
    "CLICOLOR_FORCE": "1",
}
#: For people who read; what is built must not have them either.
READERS: Final = {"NO_COLOR": "1", "FORCE_COLOR": "1", "COLUMNS": "5", "LINES": "2", "TERM": "none"}
