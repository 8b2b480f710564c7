"""Imports the modules that need no Volatility, those for programs too, as the
package `volrender`, and the worker's as `worker`."""
import os
import sys
import types

HERE = os.path.dirname(os.path.abspath(__file__))

if "volrender" not in sys.modules:
    package = types.ModuleType("volrender")
    package.__path__ = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "program")]
    sys.modules["volrender"] = package

if "worker" not in sys.modules:
    package = types.ModuleType("worker")
    package.__path__ = [os.path.join(os.path.dirname(HERE), "worker")]
    sys.modules["worker"] = package
