"""Builds the C program of bench/decode: volint, the loops by hand, and each peer
that can be had here. What can't be is left out, with the reason.
"""

import json
import pathlib
import re
import shutil

import build
from build import BUILD, HERE
from tools import ROOT, Missing, fresh, pin, run, tool

OUT = BUILD / "c"
HERE_C = HERE / "c"
RUNTIME = ROOT / "runtime" / "c"
# What distributions build with; upb as the build script of its crate does.
FLAGS = ["-O2", "-g", f"-I{HERE_C}"]
UPB_FLAGS = ["-O3", "-DNDEBUG", "-DUPB_BUILD_API=1", "-w"]


def compile_c(source, *flags, std="gnu11", cc="gcc", fails=None):
    """Compiles a source and returns the object."""
    target = OUT / "objects" / (re.sub(r"\W", "_", str(source)) + ".o")
    target.parent.mkdir(parents=True, exist_ok=True)
    run(cc, f"-std={std}", *FLAGS, *flags, "-c", "-o", target, source, fails=fails)
    return target


def volint():
    out = build.volint("c", OUT / "volint")
    includes = [f"-I{out}", f"-I{RUNTIME}"]
    sources = [HERE_C / "volint.c", HERE_C / "volint_nested.c", *sorted(out.glob("*.c")), *sorted(RUNTIME.glob("*.c"))]
    return [compile_c(each, *includes) for each in sources], []


def hand():
    return [compile_c(each) for each in (HERE_C / "main.c", HERE_C / "copy.c", *sorted(HERE_C.glob("hand_*.c")))], []


# protobuf-c ---------------------------------------------------------------------


def as_proto2(text):
    """proto3's fields as proto2's, which have a presence that protobuf-c can tell."""
    if 'syntax = "proto2"' in text:
        return text
    text = text.replace('syntax = "proto3"', 'syntax = "proto2"')
    text = re.sub(r"^  (?!optional|repeated|map|STATE)(\w+ \w+ = \d+;)", r"  optional \1", text, flags=re.M)
    return re.sub(r"(repeated uint64 \w+ = \d+);", r"\1 [packed = true];", text)


def protobuf_c():
    protos = build.variants("pbc", as_proto2)
    out = fresh(OUT / "pbc")
    run("protoc-c", f"--proto_path={protos}", f"--c_out={out}", *build.names(protos), fails="protoc-c")
    sources = [HERE_C / "protobufc.c", *sorted(out.glob("*.c"))]
    return [compile_c(each, f"-I{out}", fails="libprotobuf-c-dev") for each in sources], ["-lprotobuf-c"]


# nanopb -------------------------------------------------------------------------


def nanopb():
    protos = build.variants("nanopb")
    for name in build.names(protos):
        shutil.copy(HERE_C / "nanopb.options", (protos / name).with_suffix(".options"))
    run(tool("nanopb_generator"), "--quiet", *build.names(protos), cwd=protos, fails="nanopb_generator")
    runtime = nanopb_runtime()
    sources = [HERE_C / "nanopb.c", *sorted(protos.glob("*.c")),
               *(runtime / f"pb_{part}.c" for part in ("common", "decode", "encode"))]
    return [compile_c(each, "-DPB_BUFFER_ONLY", f"-I{protos}", f"-I{runtime}") for each in sources], []


def nanopb_runtime():
    """The folder of nanopb's C. Its package for Python has the generator alone, and
    Debian's library is built without PB_BUFFER_ONLY: the source package has it."""
    folder = OUT / "nanopb"
    for found in folder.glob("nanopb-*/pb_decode.c"):
        return found.parent
    if shutil.which("apt-get") is None:
        raise Missing("nanopb's C comes with Debian's source package, and there is no apt-get")
    fresh(folder)
    entries = pathlib.Path("/etc/apt/sources.list.d/debian.sources")
    if not entries.is_file():
        raise Missing("nanopb's C comes with Debian's source package, and there is no debian.sources")
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "debian.sources").write_text(re.sub(r"^Types: .*$", "Types: deb-src", entries.read_text(), flags=re.M))
    apt = ["apt-get", "-o", f"Dir::Etc::SourceList={folder / 'debian.sources'}",
           "-o", "Dir::Etc::SourceParts=/dev/null", "-o", f"Dir::State::Lists={folder / 'lists'}",
           "-o", "APT::Sandbox::User=root"]
    run(*apt, "update", cwd=folder, fails="Debian's list of source packages")
    run(*apt, "source", "--download-only", "nanopb", cwd=folder, fails="Debian's source package nanopb")
    archive = next(folder.glob("nanopb_*.orig.tar.*"))
    run("tar", "-xf", archive, cwd=folder)
    shutil.rmtree(folder / "lists")
    return next(folder.glob("nanopb-*/pb_decode.c")).parent


# upb ----------------------------------------------------------------------------


def upb():
    protos = build.variants("upb")
    descriptors = OUT / "upb.binpb"
    run(tool("protoc"), f"--proto_path={protos}", f"--descriptor_set_out={descriptors}", *build.names(protos))
    source = upb_source()
    utf8 = source / "third_party" / "utf8_range"
    includes = [f"-I{source}", f"-I{utf8}"]
    library = [compile_c(each, *includes, *UPB_FLAGS, std="c99")
               for each in (source / "upb" / "upb.c", utf8 / "utf8_range.c")]
    driver = compile_c(HERE_C / "upb.c", *includes, f'-DUPB_DESCRIPTORS="{descriptors}"', "-w")
    return [driver, *library], ["-lm"]


def upb_source():
    """The folder of upb's C, in what cargo fetches for the official crate."""
    folder = OUT / "cargo"
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src" / "lib.rs").write_text("")
    (folder / "Cargo.toml").write_text(
        '[package]\nname = "upb-source"\nversion = "0.0.0"\nedition = "2021"\n\n[workspace]\n\n'
        f'[dependencies]\nprotobuf = "={pin("PROTOBUF_RUST")}"\n')
    run("cargo", "fetch", "--quiet", cwd=folder, fails="the crate protobuf")
    metadata = json.loads(run("cargo", "metadata", "--format-version=1", cwd=folder, fails="the crate protobuf"))
    for package in metadata["packages"]:
        source = pathlib.Path(package["manifest_path"]).parent / "libupb"
        if (source / "upb" / "upb.c").is_file():
            return source
    raise Missing("the crate protobuf carries no upb")


# C++ ----------------------------------------------------------------------------


def cpp():
    protos = build.variants("cpp")
    out = fresh(OUT / "cpp")
    version = run("pkg-config", "--modversion", "protobuf", fails="libprotobuf-dev").strip()
    compiler = shutil.which("protoc", path="/usr/bin") or shutil.which("protoc")
    if compiler is None or version not in run(compiler, "--version"):
        raise Missing(f"there is no protoc {version}, for the libprotobuf that is installed")
    run(compiler, f"--proto_path={protos}", f"--cpp_out={out}", *build.names(protos))
    sources = [HERE_C / "cpp.cc", *sorted(out.glob("*.cc"))]
    return [compile_c(each, f"-I{out}", "-DNDEBUG", std="c++17", cc="g++") for each in sources], ["-lprotobuf"]


PEERS = {"protobuf-c": protobuf_c, "nanopb": nanopb, "upb": upb, "C++ protobuf, arena": cpp}


def binary(peers=PEERS):
    """Builds the program and returns its path, and {peer: why it is not in it}."""
    objects, libraries, missing = [], [], {}
    for part in (hand, volint):
        objects += part()[0]
    for name in peers:
        try:
            more, needs = PEERS[name]()
            objects += more
            libraries += needs
        except Missing as reason:
            missing[name] = str(reason)
    target = build.private("bench-c")
    run("g++" if shutil.which("g++") else "gcc", "-o", target, *objects, *libraries)
    return target, missing
