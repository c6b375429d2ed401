"""What an image's Python can load, as JSON: run by `tools.images.check` with that Python.

Prints the modules of our packages that loaded, by how many they are, and for each of the others
what it lacks.
"""

import importlib
import json
import pkgutil
import sys

import dh_core
import dh_text
import gpu_jobs

loaded: list[str] = []
lacking: dict[str, str] = {}
for package in (dh_core, dh_text, gpu_jobs):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            lacking[module.name] = str(error.name)
        else:
            loaded.append(module.name)
torch = sys.modules.get("torch")
json.dump(
    {
        "python": sys.version.split()[0],
        "loaded": len(loaded),
        "lacking": lacking,
        "torch": getattr(torch, "__version__", None),
        "from": [gpu_jobs.__file__, dh_core.__file__, dh_text.__file__],
    },
    sys.stdout,
)
