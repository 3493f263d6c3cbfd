// Where the report goes: a directory that is known to be writable, and its files.
//
// Used by the driver, before it measures anything and at its end, and by twofold-report. Every file
// is written beside its place and then renamed into it, so that no reader sees half of one and
// rebuilding a report over itself cannot lose it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "reporting/results.hpp"

namespace twofold::compare {

class OutputDirectory {
 public:
  // Creates the directory and proves that a file can be written in it. Throws std::system_error
  // with the path and the reason.
  explicit OutputDirectory(std::filesystem::path path);

  // Writes every form of the report. Throws std::system_error.
  void write(const Results& results) const;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // The files that `write` makes, the one to look at first.
  [[nodiscard]] static std::vector<std::string> file_names();

 private:
  std::filesystem::path path_;
};

// The bytes of results.json. Text that is no UTF-8 is replaced rather than fatal.
[[nodiscard]] std::string results_text(const Results& results);

// Replaces `path` by `content` in one step. Throws std::system_error.
void write_file(const std::filesystem::path& path, std::string_view content);

}  // namespace twofold::compare
