"""Makes the folders that python/rows.py encodes with, one for each Python."""

import atexit
import os
import shutil

import build
from build import BUILD, HERE
from tools import ROOT, TOOLS, Missing, fresh, run, tool

# (what the table says, the environment, the language of its plug-in folder, what
# protobuf is made of)
PYTHONS = [
    ("Python 3, protobuf's upb", "py3", "python3", "upb"),
    ("Python 3, protobuf in Python", "py3", "python3", "python"),
    ("Python 2.7, protobuf's C++", "py2", "python2", "cpp"),
    ("Python 2.7, protobuf in Python", "py2", "python2", "python"),
]


def folder(language):
    """volint's and protobuf's modules for one Python."""
    out = fresh(BUILD / "python" / str(os.getpid()) / language)
    atexit.register(shutil.rmtree, out.parent, ignore_errors=True)
    plugin = build.plugin()
    for name, options in (("plugins", f"lang={language}"), ("programs", "lang=python")):
        fresh(out / name)
        (out / name / "__init__.py").write_text("")
        run(tool("protoc"), f"--proto_path={ROOT / 'schema'}", f"--proto_path={HERE / 'proto'}", plugin,
            f"--volrender_out={options}:{out / name}", "tasks.proto")
    protobufs_module(out, language)
    return out


# What an old protoc would write for protobuf 3.17, the last for Python 2.7: newer
# ones write modules that it does not take.
_MODULE_PY2 = """from google.protobuf import descriptor_pb2, message_factory
import os
with open(os.path.join(os.path.dirname(__file__), "panda_vol_int.binpb"), "rb") as file:
    files = descriptor_pb2.FileDescriptorSet.FromString(file.read()).file
linux_pslist_task = message_factory.GetMessages(files)["volatility_render.linux_pslist_task"]
"""


def protobufs_module(out, language):
    protoc = [tool("protoc"), f"--proto_path={ROOT / 'bench' / 'size'}", "panda_vol_int.proto"]
    if language == "python3":
        run(*protoc, f"--python_out={out}")
    else:
        run(*protoc, f"--descriptor_set_out={out / 'panda_vol_int.binpb'}")
        (out / "panda_vol_int_pb2.py").write_text(_MODULE_PY2)


def interpreter(environment):
    python = TOOLS / environment / "bin" / "python"
    if not python.exists():
        raise Missing(f"there is no .tools/{environment}")
    return python


def runs():
    """(title, interpreter, folder, backend) of each Python that is there, in folders
    of this process alone."""
    folders = {}
    for title, environment, language, backend in PYTHONS:
        try:
            python = interpreter(environment)
        except Missing as reason:
            print(f"left out: {title}: {reason}", flush=True)
            continue
        if language not in folders:
            folders[language] = folder(language)
        yield title, python, folders[language], backend


def version(python):
    """The versions of Python and of its protobuf."""
    return run(python, "-c", "import platform, google.protobuf as p; "
                             "print('%s %s' % (platform.python_version(), p.__version__))").split()
