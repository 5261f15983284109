"""Make this checkout importable in its .venv and give it `.venv/bin/vividly`, with nothing but what the venv has.

An editable install needs a build backend, which a plain run does not otherwise need; a path file and a script do the same.
"""

import pathlib
import stat
import sys
import sysconfig

# The second and third line are one shell command to sh and one string to Python: a path with spaces fits no shebang.
SCRIPT = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys

from vividly.cli import main

if __name__ == "__main__":  # drawing processes import this file again
    sys.exit(main())
"""

root = pathlib.Path(__file__).resolve().parent.parent
(pathlib.Path(sysconfig.get_path("purelib")) / "vividly.pth").write_text(f"{root / 'src'}\n", encoding="utf-8")
script = pathlib.Path(sysconfig.get_path("scripts")) / "vividly"
script.write_text(SCRIPT.format(python=sys.executable), encoding="utf-8")
script.chmod(script.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
