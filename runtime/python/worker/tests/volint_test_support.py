"""Makes the worker importable as the package volint_worker, and the drop-ins'
modules as volint_dropins, as the boot code does, from the files of this tree."""
import os
import sys
import types

HERE = os.path.dirname(os.path.abspath(__file__))


def package(name, *folders):
    module = types.ModuleType(name)
    module.__path__ = list(folders)
    sys.modules[name] = module


package("volint_worker", os.path.dirname(HERE), os.path.join(HERE, "..", "..", "volatility2"))
package("volint_dropins", os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.dirname(HERE))
