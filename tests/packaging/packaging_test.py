#!/usr/bin/env python3
"""Builds and runs a project outside of twofold's tree, one way of taking twofold at a time.

    packaging_test.py BUILD SOURCE CXX CASE

BUILD is a build directory of twofold, SOURCE its source, CASE one of CASES. Everything is made in a
temporary folder, but for the shared library, which is kept in BUILD; what fails is printed with the
command that failed.
"""
import ctypes
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BUILD, SOURCE, CXX = (pathlib.Path(p) for p in sys.argv[1:4])
SHARED = BUILD / "packaging-shared"  # a build of the shared library, by shared_build
OUTSIDE = pathlib.Path(__file__).parent / "outside"
ANSWER = f"{sum(range(1000))}"
# Where the library is built once more: not optimized and the sources together in a few files, which takes a third of
# the time. No cache of the compiler helps there, since the folders differ each time.
QUICKLY = ("-DCMAKE_CXX_FLAGS_RELEASE=-O0 -DNDEBUG", "-DCMAKE_UNITY_BUILD=ON")


def run(*command, fails_with=None, env=None):
    ended = subprocess.run([str(c) for c in command], text=True, capture_output=True,
                           env={**os.environ, **(env or {})})
    text = ended.stdout + ended.stderr
    if (ended.returncode != 0) != (fails_with is not None):
        sys.exit(f"exit status {ended.returncode} of {' '.join(map(str, command))}\n{text}")
    if fails_with is not None and fails_with not in " ".join(text.split()):
        sys.exit(f"no '{fails_with}' in what {' '.join(map(str, command))} said:\n{text}")
    return ended.stdout


def configure(folder, *options, **how):
    run("cmake", "-S", OUTSIDE, "-B", folder, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={CXX}",
        "-DCMAKE_BUILD_TYPE=Release", *options, **how)


def expect_answer(program, runtime, env=None):
    said = run(program, env=env)
    if said != f"{runtime}: {ANSWER}\n":
        sys.exit(f"{program} said {said!r}")


def expect_no_warnings_of_ours(folder):
    """What twofold's own sources are compiled with is no business of who uses it."""
    rules = (folder / "build.ninja").read_text()
    own = re.search(r"^build CMakeFiles/outside\.dir/main\.cpp\.o:.*?\n\n", rules, re.MULTILINE | re.DOTALL)[0]
    ours = re.findall(r"\s(-W(?!l,)\S*|-pedantic\S*)", own)
    if ours:
        sys.exit(f"a project outside is compiled with {' '.join(ours)}:\n{own}")


def build_and_run(folder, runtime, *options):
    configure(folder, f"-DTWOFOLD_RUNTIME={runtime}", *options)
    expect_no_warnings_of_ours(folder)
    run("cmake", "--build", folder, "--target", "outside")
    expect_answer(folder / "outside", runtime)


def installed(folder):
    """An installed tree that was moved afterwards: it must not remember where it was put."""
    first = folder / "first"
    run("cmake", "--install", BUILD, "--prefix", first)
    return first.rename(folder / "prefix with blank")


def find_package(folder, runtime):
    build_and_run(folder / "build", runtime, "-DTAKE=find_package",
                  f"-DCMAKE_PREFIX_PATH={installed(folder)}")


def find_component(folder):
    build_and_run(folder / "build", "stackless", "-DTAKE=find_package", "-DCOMPONENTS=stackless",
                  f"-DCMAKE_PREFIX_PATH={installed(folder)}")


def find_component_alone(folder):
    """Without TWOFOLD_RUNTIME: the component that is asked for is what twofold::twofold is."""
    configure(folder / "build", "-DTAKE=find_package", "-DCOMPONENTS=stackful", f"-DCMAKE_PREFIX_PATH={installed(folder)}")
    run("cmake", "--build", folder / "build", "--target", "outside")
    expect_answer(folder / "build" / "outside", "stackful")


def find_another_component(folder):
    """TWOFOLD_RUNTIME names a runtime that was not asked for: it is said why there is no twofold::twofold."""
    configure(folder / "build", "-DTAKE=find_package", "-DCOMPONENTS=stackful", "-DTWOFOLD_RUNTIME=stackless",
              f"-DCMAKE_PREFIX_PATH={installed(folder)}", fails_with="No target twofold::twofold: TWOFOLD_RUNTIME is stackless")


def unknown_component(folder):
    configure(folder / "build", "-DTAKE=find_package", "-DCOMPONENTS=stackful;telepathy",
              f"-DCMAKE_PREFIX_PATH={installed(folder)}",
              fails_with="twofold has no component 'telepathy'")


def unknown_optional_component(folder):
    configure(folder / "build", "-DTAKE=find_package", "-DCOMPONENTS=stackless;stackful;OPTIONAL_COMPONENTS;telepathy",
              f"-DCMAKE_PREFIX_PATH={installed(folder)}")


def both_runtimes(folder):
    configure(folder / "build", "-DTAKE=find_package", "-DBOTH=ON",
              f"-DCMAKE_PREFIX_PATH={installed(folder)}", fails_with="TWOFOLD_RUNTIME")


def from_source(folder, how, runtime):
    build_and_run(folder / "build", runtime, f"-DTAKE={how}", f"-DTWOFOLD_SOURCE={SOURCE}", *QUICKLY)


def pkg_config(folder, runtime):
    # Moved, as for find_package; to no folder with a blank in its name, which the flags would have to quote.
    first = folder / "first"
    run("cmake", "--install", BUILD, "--prefix", first)
    prefix = first.rename(folder / "prefix")
    found = list(prefix.glob("lib*/**/pkgconfig"))
    flags = run("pkg-config", "--static", "--cflags", "--libs", f"twofold-{runtime}",
                env={"PKG_CONFIG_PATH": str(found[0])}).split()
    program = folder / "outside"
    run(CXX, "-std=c++20", "-O2", OUTSIDE / "main.cpp", "-o", program, *flags)
    expect_answer(program, runtime)


def an_older_standard_is_refused(folder):
    """A compiler whose own standard is an older one: the first thing that is said is which it takes."""
    run(CXX, "-std=c++17", "-fsyntax-only", f"-I{SOURCE / 'common/include'}", f"-I{SOURCE / 'stackless/include'}",
        f"-I{SOURCE / 'stackless/door'}", OUTSIDE / "main.cpp", fails_with="compile with -std=c++20")


def debian_package(folder):
    """Unpacked, not installed: the machine is left as it is."""
    run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder)
    package = next(folder.glob("libtwofold-dev_*_*.deb"))
    run("dpkg-deb", "--info", package)
    run("dpkg-deb", "--extract", package, folder / "root")
    for runtime in ("stackless", "stackful"):
        build_and_run(folder / runtime, runtime, "-DTAKE=find_package", f"-DCMAKE_PREFIX_PATH={folder / 'root/usr'}")


def shared_build():
    """QUICKLY, and without optimization more instances of templates are left to be hidden, too."""
    run("cmake", "-S", SOURCE, "-B", SHARED, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={CXX}", "-DCMAKE_BUILD_TYPE=Release",
        *QUICKLY, "-DBUILD_SHARED_LIBS=ON",
        "-DTWOFOLD_STACK=paged", "-DTWOFOLD_BUILD_EXAMPLES=OFF")
    run("cmake", "--build", SHARED, "--target", "twofold_stackless")


def shared_installed(folder, runtime="stackless"):
    for component in ("base", runtime):
        run("cmake", "--install", SHARED, "--prefix", folder / "prefix", "--component", component)
    return folder / "prefix"


def shared_library(prefix, runtime="stackless"):
    """The file, which stands behind the two links that linking and loading look for."""
    version = re.search(r"project\(twofold VERSION (\d+\.\d+)(\.\d+)", (SOURCE / "CMakeLists.txt").read_text())
    link, = prefix.glob(f"lib*/**/libtwofold_{runtime}.so")
    loaded = link.with_name(f"{link.name}.{version[1]}")
    file = loaded.with_name(loaded.name + version[2])
    if link.resolve() != file or loaded.resolve() != file or list(prefix.glob("lib*/**/*.a")):
        sys.exit(f"not the files of a shared library: {sorted(link.parent.iterdir())}")
    if f"Library soname: [{loaded.name}]" not in run("readelf", "-d", file):
        sys.exit(f"the name that {file} is loaded by is not {loaded.name}")
    return file


def shared_find_package(folder, runtime="stackless"):
    build_and_run(folder / "build", runtime, "-DTAKE=find_package", f"-DCOMPONENTS={runtime}",
                  f"-DCMAKE_PREFIX_PATH={shared_installed(folder, runtime)}")
    needed = run("readelf", "-d", folder / "build" / "outside")
    if f"libtwofold_{runtime}.so." not in needed:
        sys.exit(f"the program does not need the shared library:\n{needed}")


def shared_pkg_config(folder):
    prefix = shared_installed(folder)
    file = shared_library(prefix)
    flags = run("pkg-config", "--cflags", "--libs", "twofold-stackless",
                env={"PKG_CONFIG_PATH": str(file.parent / "pkgconfig")}).split()
    run(CXX, "-std=c++20", "-O1", OUTSIDE / "main.cpp", "-o", folder / "outside", *flags)
    expect_answer(folder / "outside", "stackless", env={"LD_LIBRARY_PATH": str(file.parent)})


def shared_symbols(folder, runtime="stackless"):
    """Only what cmake/exported_symbols.map.in names, and not the machinery behind it."""
    file = shared_library(shared_installed(folder, runtime), runtime)
    names = [line.split(" ", 2)[2].split("@@")[0] for line in run("nm", "-DC", "--defined-only", file).splitlines()]
    # Vtables and type information belong to what they are of.
    ours = re.compile(r"(typeinfo |typeinfo name |vtable |VTT |guard variable )?(for )?twofold(::|_[a-z])")
    foreign = [name for name in names if not ours.match(name)]
    inside = [name for name in names if re.search(r"detail::(Workers?|Reactor|TimerWheel|IdleWorkers|Symbols)::|FrameDepot"
                                                  r"|stack_memory|raw_switch|anonymous namespace|twofold_answer_probe", name)
              and not name.startswith("twofold::detail::Reactor::free_closed")]
    if foreign or inside:
        sys.exit("\n".join(["symbols that nobody outside needs:", *foreign, *inside]))
    for needed in ("twofold_current_executor", "twofold::this_task::id()", "typeinfo for twofold::Deadlock"):
        if needed not in names:
            sys.exit(f"{needed} cannot be seen; these can: {names}")


def shared_interface(folder):
    """Each inline function of the public headers, used or not, finds what it calls."""
    file = shared_library(shared_installed(folder))
    include = folder / "prefix" / "include"
    source = folder / "headers.cpp"
    source.write_text("#include <twofold/twofold.hpp>\nint main() {}\n")
    run(CXX, "-std=c++20", "-O0", "-fkeep-inline-functions", f"-I{include}", f"-I{include / 'twofold-stackless'}", source,
        "-o", folder / "headers", file, "-pthread")


def shared_loaded_later(folder):
    """As a plugin of a program that knows nothing of it: its thread-local variables must find room."""
    library = ctypes.CDLL(str(shared_library(shared_installed(folder))))
    ctypes.c_void_p.in_dll(library, "twofold_first_runtime")


def shared_keeps_its_stacks_under_old_policies(folder):
    """Paged, whatever this compiler would have by default, in a project that asks for CMake 3.20."""
    project = folder / "project"
    project.mkdir()
    (project / "CMakeLists.txt").write_text("""cmake_minimum_required(VERSION 3.20)
project(old LANGUAGES C CXX)
find_package(twofold REQUIRED COMPONENTS stackless)
if(NOT TWOFOLD_STACK STREQUAL "paged")
  message(FATAL_ERROR "taken for a package of ${TWOFOLD_STACK} stacks")
endif()
""")
    run("cmake", "-S", project, "-B", folder / "build", "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={CXX}",
        f"-DCMAKE_PREFIX_PATH={shared_installed(folder)}")


def shared_without_the_other(folder):
    configure(folder / "build", "-DTAKE=find_package", "-DCOMPONENTS=stackful",
              f"-DCMAKE_PREFIX_PATH={shared_installed(folder)}",
              fails_with="this twofold was installed without its component 'stackful'")


def shared_stackful(folder):
    run("cmake", "--build", SHARED, "--target", "twofold_stackful")
    shared_find_package(folder / "program", "stackful")
    shared_symbols(folder / "symbols", "stackful")


def shared_segmented_stays_static(folder):
    said = run("cmake", "-S", SOURCE, "-B", folder, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={CXX}", "-DBUILD_SHARED_LIBS=ON",
               "-DTWOFOLD_STACK=segmented")
    rules = (folder / "build.ninja").read_text()
    if "twofold_stackful stays static" not in said or "libtwofold_stackful.a:" not in rules:
        sys.exit(f"not a static library, and not said so:\n{said}")


def shared_refuses_tests(folder):
    run("cmake", "-S", SOURCE, "-B", folder, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={CXX}", "-DBUILD_SHARED_LIBS=ON",
        "-DTWOFOLD_BUILD_TESTS=ON", fails_with="BUILD_SHARED_LIBS does not go with TWOFOLD_BUILD_TESTS")


CASES = {
    "find_package_stackless": lambda f: find_package(f, "stackless"),
    "find_package_stackful": lambda f: find_package(f, "stackful"),
    "find_component": find_component,
    "find_component_alone": find_component_alone,
    "find_another_component": find_another_component,
    "unknown_component": unknown_component,
    "unknown_optional_component": unknown_optional_component,
    "both_runtimes_are_refused": both_runtimes,
    "add_subdirectory_stackful": lambda f: from_source(f, "add_subdirectory", "stackful"),
    "fetch_content_stackless": lambda f: from_source(f, "FetchContent", "stackless"),
    "pkg_config_stackless": lambda f: pkg_config(f, "stackless"),
    "pkg_config_stackful": lambda f: pkg_config(f, "stackful"),
    "an_older_standard_is_refused": an_older_standard_is_refused,
    "debian_package": debian_package,
    "shared_build": lambda f: shared_build(),
    "shared_find_package": shared_find_package,
    "shared_pkg_config": shared_pkg_config,
    "shared_symbols": shared_symbols,
    "shared_interface": shared_interface,
    "shared_loaded_later": shared_loaded_later,
    "shared_keeps_its_stacks_under_old_policies": shared_keeps_its_stacks_under_old_policies,
    "shared_without_the_other": shared_without_the_other,
    "shared_refuses_tests": shared_refuses_tests,
    "shared_segmented_stays_static": shared_segmented_stays_static,
    "shared_stackful": shared_stackful,
}

with tempfile.TemporaryDirectory(prefix="twofold-packaging-") as temporary:
    CASES[sys.argv[4]](pathlib.Path(temporary))
