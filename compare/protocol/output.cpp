#include "protocol/output.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "protocol/checksum.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

// Flushed line by line: a reader of a pipe waits for the listening line, and a crash must not eat
// the lines before it.
void print_line(std::FILE* stream, const nlohmann::ordered_json& object) {
  // A detail may quote bytes from outside that are no UTF-8; they must not cost us the line.
  const std::string line =
      object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  std::fwrite(line.data(), 1, line.size(), stream);
  std::fflush(stream);
}

}  // namespace

void Output::metric(std::string_view name, std::string_view unit, double value) {
  if (checked_) {
    throw CheckFailed("metric '" + std::string(name) + "' was given after the check line");
  }
  if (!std::isfinite(value) || value < 0) {
    throw CheckFailed("metric '" + std::string(name) +
                      "' is no measurement: " + std::to_string(value));
  }
  print_line(stream_, {{"metric", name}, {"unit", unit}, {"value", value}});
}

void Output::check_ok(std::uint64_t checksum, std::uint64_t ops) {
  if (checked_) {
    throw CheckFailed("the check line was given twice");
  }
  checked_ = true;
  print_line(stream_, {{"check", "ok"}, {"checksum", to_hex(checksum)}, {"ops", ops}});
}

void Output::listening(std::uint16_t port) { print_line(stream_, {{"listening", port}}); }

void Output::check_other(std::string_view status, std::string_view detail) {
  checked_ = true;
  print_line(stream_, {{"check", status}, {"detail", detail}});
}

}  // namespace twofold::compare
