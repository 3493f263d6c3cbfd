"""The Conan 2 recipe: `conan create packaging/conan --version 0.1.0` from a clone."""
import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy


class TwofoldConan(ConanFile):
    name = "twofold"
    license = "BSL-1.0"
    description = "One async interface over two coroutine runtimes"
    topics = ("async", "coroutines", "fibers")
    package_type = "static-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"runtime": ["stackless", "stackful"], "stack": ["default", "segmented", "paged", "fixed"],
               "switch": ["native", "boost"]}
    default_options = {"runtime": "stackless", "stack": "default", "switch": "native"}

    @property
    def _root(self):
        return os.path.join(self.recipe_folder, os.pardir, os.pardir)

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "README.md", "CHANGELOG.md", "cmake/*", "common/*", "stackless/*",
                        "stackful/*", "scripts/twofold-gdb.py"):
            copy(self, pattern, self._root, self.export_sources_folder)

    def validate(self):
        if self.settings.os != "Linux" or self.settings.arch != "x86_64":
            raise ConanInvalidConfiguration("twofold is for Linux on x86-64")
        if self.options.stack == "segmented" and self.settings.compiler != "gcc":
            raise ConanInvalidConfiguration("segmented stacks need gcc; use -o stack=paged")

    def requirements(self):
        if self.options.switch == "boost":
            self.requires("boost/[>=1.81]", options={"without_context": False})

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables.update({
            "TWOFOLD_RUNTIME": str(self.options.runtime), "TWOFOLD_SWITCH": str(self.options.switch),
            "TWOFOLD_BUILD_TESTS": False, "TWOFOLD_BUILD_COMPARE": False, "TWOFOLD_BUILD_EXAMPLES": False,
            "TWOFOLD_WARNINGS_AS_ERRORS": False})
        if self.options.stack != "default":
            toolchain.cache_variables["TWOFOLD_STACK"] = str(self.options.stack)
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        # Its own CMake package knows the flags which consumers need (split stacks, linker): it is found, and not rewritten.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "twofold")]
