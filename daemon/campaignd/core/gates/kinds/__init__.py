"""One module per kind of gate. Each is found here by itself, so a new kind is one new file."""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)
