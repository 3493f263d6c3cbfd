#!/usr/bin/env python3
"""Builds and runs a project outside of twofold's tree, one way of taking twofold at a time.

    packaging_test.py BUILD SOURCE CXX CASE

BUILD is a build directory of twofold, SOURCE its source, CASE one of CASES. Everything is made in a
temporary folder; what fails is printed with the command that failed.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

BUILD, SOURCE, CXX = (pathlib.Path(p) for p in sys.argv[1:4])
OUTSIDE = pathlib.Path(__file__).parent / "outside"
ANSWER = f"{sum(range(1000))}"


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


def expect_answer(program, runtime):
    said = run(program)
    if said != f"{runtime}: {ANSWER}\n":
        sys.exit(f"{program} said {said!r}")


def build_and_run(folder, runtime, *options):
    configure(folder, f"-DTWOFOLD_RUNTIME={runtime}", *options)
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


def unknown_component(folder):
    configure(folder / "build", "-DTAKE=find_package", "-DCOMPONENTS=stackful;telepathy",
              f"-DCMAKE_PREFIX_PATH={installed(folder)}",
              fails_with="twofold has no component 'telepathy'")


def both_runtimes(folder):
    configure(folder / "build", "-DTAKE=find_package", "-DBOTH=ON",
              f"-DCMAKE_PREFIX_PATH={installed(folder)}", fails_with="TWOFOLD_RUNTIME")


def from_source(folder, how, runtime):
    build_and_run(folder / "build", runtime, f"-DTAKE={how}", f"-DTWOFOLD_SOURCE={SOURCE}")


def pkg_config(folder, runtime):
    prefix = folder / "prefix"
    run("cmake", "--install", BUILD, "--prefix", prefix)
    found = list(prefix.glob("lib*/**/pkgconfig"))
    flags = run("pkg-config", "--static", "--cflags", "--libs", f"twofold-{runtime}",
                env={"PKG_CONFIG_PATH": str(found[0])}).split()
    program = folder / "outside"
    run(CXX, "-O2", OUTSIDE / "main.cpp", "-o", program, *flags)
    expect_answer(program, runtime)


CASES = {
    "find_package_stackless": lambda f: find_package(f, "stackless"),
    "find_package_stackful": lambda f: find_package(f, "stackful"),
    "find_component": find_component,
    "unknown_component": unknown_component,
    "both_runtimes_are_refused": both_runtimes,
    "add_subdirectory_stackful": lambda f: from_source(f, "add_subdirectory", "stackful"),
    "fetch_content_stackless": lambda f: from_source(f, "FetchContent", "stackless"),
    "pkg_config_stackless": lambda f: pkg_config(f, "stackless"),
    "pkg_config_stackful": lambda f: pkg_config(f, "stackful"),
}

with tempfile.TemporaryDirectory(prefix="twofold-packaging-") as temporary:
    CASES[sys.argv[4]](pathlib.Path(temporary))
