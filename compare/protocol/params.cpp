#include "protocol/params.hpp"

#include <charconv>
#include <limits>

#include "protocol/outcome.hpp"

namespace twofold::compare {

std::uint64_t parse_count(std::string_view text, std::string_view what) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (error != std::errc{} || end != text.data() + text.size() || value > kMax) {
    throw UsageError("the value of " + std::string(what) +
                     " must be an integer of at least 0, not '" + std::string(text) + "'");
  }
  return value;
}

Params::Params(const Point& defaults) : values_(defaults.begin(), defaults.end()) {}

void Params::assign(std::string_view key_value) {
  const auto equals = key_value.find('=');
  if (equals == std::string_view::npos) {
    throw UsageError("a parameter is given as KEY=VALUE, not '" + std::string(key_value) + "'");
  }
  const auto key = key_value.substr(0, equals);
  const auto found = values_.find(key);
  if (found == values_.end()) {
    throw UsageError("unknown parameter '" + std::string(key) + "'");
  }
  found->second = static_cast<std::int64_t>(parse_count(key_value.substr(equals + 1), key));
}

std::int64_t Params::get(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) {
    throw UsageError("this workload has no parameter '" + std::string(name) + "'");
  }
  return found->second;
}

bool Params::has(std::string_view name) const { return values_.find(name) != values_.end(); }

}  // namespace twofold::compare
