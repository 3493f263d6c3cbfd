// A compiler as the build probes use it: translates a small source, tells what came of it.
//
// Used by the build probes. All files are in a directory of their own that goes away with the
// object. A source is one of `sources/`, compiled with definitions and flags, never edited.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace twofold::compare {

struct Compiled {
  bool ok = false;
  std::filesystem::path file;
  double seconds = 0;  // of CPU, the compiler's
  std::string errors;
};

struct Ended {
  int status = -1;  // of the exit; -1: killed by a signal
  std::string output;
};

class Toolchain {
 public:
  /// `compiler` as found by execvp, for example "g++".
  explicit Toolchain(std::string compiler);
  ~Toolchain();
  Toolchain(const Toolchain&) = delete;
  Toolchain& operator=(const Toolchain&) = delete;

  /// To an object file. `source` is a name in `sources/`.
  Compiled object(const std::string& source, const std::vector<std::string>& flags);
  /// To a program.
  Compiled program(const std::string& source, const std::vector<std::string>& flags);
  /// Whether it compiles at all; makes nothing.
  bool accepts(const std::string& source, const std::vector<std::string>& flags);
  /// To a program that has to compile; throws CheckFailed with the compiler's words.
  std::filesystem::path built(const std::string& source, const std::vector<std::string>& flags);

  [[nodiscard]] bool is_clang() const;

 private:
  Compiled compile(const std::string& source, const std::vector<std::string>& flags,
                   const std::string& output);
  std::string compiler_;
  std::filesystem::path folder_;
  int files_ = 0;
};

/// Runs a program to its end, its standard error thrown away.
[[nodiscard]] Ended run_program(const std::vector<std::string>& command);

/// The "name value" lines of a program that has to exit with 0; throws CheckFailed otherwise.
[[nodiscard]] std::map<std::string, double> figures_of(const std::filesystem::path& program);

/// Bytes of the sections of an object that hold code.
[[nodiscard]] double code_bytes(const std::filesystem::path& object);

}  // namespace twofold::compare
