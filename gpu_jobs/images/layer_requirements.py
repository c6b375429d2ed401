"""Print what our layers need, one requirement a line: `layer_requirements.py PYPROJECT...`.

The images copy the packages themselves in a later layer, so that a change of our code moves no
package of others.
"""

import sys
import tomllib
from pathlib import Path

for path in sys.argv[1:]:
    project = tomllib.loads(Path(path).read_text(encoding="utf-8"))["project"]
    sys.stdout.write("\n".join(project["dependencies"]) + "\n")
