// Runs twofold-compare on fake programs for an end-to-end test.
//
// Used by the driver's end-to-end tests. Every run has a directory of its own, removed with it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "reporting/results.hpp"

namespace twofold::compare {

struct Ended {
  int exit_status = -1;  // -1: it did not exit by itself
  std::string standard_output;
  std::string standard_error;
};

class DrivenRun {
 public:
  // Variants and the modes of fake_program.py behind them; those whose name does not begin with
  // "stack" are baselines.
  explicit DrivenRun(const std::vector<std::pair<std::string, std::string>>& variants);
  ~DrivenRun();
  DrivenRun(const DrivenRun&) = delete;
  DrivenRun& operator=(const DrivenRun&) = delete;

  // twofold-compare with this run's manifest and `arguments`; a smoke run, and with this run's
  // output directory, where they do not say otherwise.
  [[nodiscard]] Ended run(const std::vector<std::string>& arguments) const;
  // The same without waiting, with its output thrown away.
  [[nodiscard]] pid_t start(const std::vector<std::string>& arguments) const;

  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] std::filesystem::path output(const std::string& name) const {
    return folder_ / "out" / name;
  }
  // All of the file; empty when there is none.
  [[nodiscard]] static std::string text_of(const std::filesystem::path& path);
  [[nodiscard]] Results results() const { return read_results(output("results.json")); }

 private:
  [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& arguments) const;
  std::filesystem::path folder_;
};

// Runs any program to its end.
[[nodiscard]] Ended run_command(const std::vector<std::string>& command,
                                const std::filesystem::path& scratch);

}  // namespace twofold::compare
