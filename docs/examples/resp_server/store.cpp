#include "resp_server/store.hpp"

#include <charconv>

namespace resp {

Store::Added Store::add(std::string_view key, std::int64_t amount, std::int64_t& result) {
  const std::lock_guard held(lock_);
  auto found = find(key);
  std::int64_t number = 0;
  if (found != entries_.end()) {
    const std::string& value = found->second.value;
    const char* const end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, number);
    if (error != std::errc{} || stop != end) return Added::kNotANumber;
  }
  if (__builtin_add_overflow(number, amount, &result)) return Added::kOverflow;
  if (found == entries_.end()) found = entries_.try_emplace(std::string(key)).first;
  found->second.value = std::to_string(result);
  return Added::kDone;
}

}  // namespace resp
