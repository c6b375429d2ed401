"""Print what `dh_core` needs, one requirement a line: `core_requirements.py PYPROJECT`.

The images copy the package itself in a later layer, so that a change of our code moves no package.
"""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["project"]
sys.stdout.write("\n".join(project["dependencies"]) + "\n")
