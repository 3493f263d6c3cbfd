#include "driver/manifest.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace twofold::compare {
namespace {

// The names of those that are marked, with their compilers.
std::vector<std::string> the_two_of(const Json& variants) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("twofold-manifest-" + std::to_string(::getpid()));
  std::ofstream(path) << Json{{"variants", variants}};
  const Manifest manifest = read_manifest(path.string());
  std::filesystem::remove(path);
  std::vector<std::string> names;
  for (const Variant& variant : manifest.variants) {
    if (variant.is_of_the_two) {
      names.push_back(variant.note.name + " " + variant.note.compiler);
    }
  }
  return names;
}

Json variant(const std::string& name, const std::string& kind, const std::string& compiler) {
  return {{"name", name}, {"kind", kind}, {"compiler", compiler}, {"program", "/bin/false"}};
}

TEST(Manifest, VerdictsAreAboutStacklessAndStackful) {
  EXPECT_EQ(the_two_of({variant("stackless", "runtime", "gcc"),
                        variant("stackful-paged", "runtime", "gcc"),
                        variant("stackful", "runtime", "gcc"), variant("epoll", "baseline", "gcc"),
                        variant("go", "peer", "")}),
            (std::vector<std::string>{"stackless gcc", "stackful gcc"}));
}

TEST(Manifest, ACompilerWithoutTheDefaultStackIsRepresentedByItsFirst) {
  EXPECT_EQ(
      the_two_of({variant("stackless", "runtime", "gcc"), variant("stackful", "runtime", "gcc"),
                  variant("stackless", "runtime", "clang"),
                  variant("stackful-paged", "runtime", "clang"),
                  variant("stackful-fixed", "runtime", "clang")}),
      (std::vector<std::string>{"stackless gcc", "stackful gcc", "stackless clang",
                                "stackful-paged clang"}));
}

}  // namespace
}  // namespace twofold::compare
