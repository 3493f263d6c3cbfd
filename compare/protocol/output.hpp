// What a measured program says on standard output, line by line.
//
// Handed to every workload by `protocol_main`. Guarantees that no figure follows the check line and
// that a figure is a finite number: anything else would be plotted as a result.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string_view>

namespace twofold::compare {

class Output {
 public:
  explicit Output(std::FILE* stream) : stream_(stream) {}

  // One figure. Throws CheckFailed when `value` is not finite or negative.
  void metric(std::string_view name, std::string_view unit, double value);

  // The last line of a sample that went well: the checksum of what was computed, and how many
  // operations the figures are per. Exactly one call a sample.
  void check_ok(std::uint64_t checksum, std::uint64_t ops);

  // A server's first line: the port on 127.0.0.1 that takes connections from now on.
  void listening(std::uint16_t port);

  // The last line of a sample that did not: `status` is "failed", "unsupported" or "capped".
  void check_other(std::string_view status, std::string_view detail);

  [[nodiscard]] bool checked() const { return checked_; }

 private:
  std::FILE* stream_;
  bool checked_ = false;
};

}  // namespace twofold::compare
