#include "driver/glob.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace twofold::compare {

bool glob_matches(std::string_view pattern, std::string_view name) {
  // On a mismatch after a star, that star takes one character more; only the last star can matter.
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_end = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_end = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_end;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::vector<std::string> select_names(const std::vector<std::string>& names,
                                      const std::vector<std::string>& patterns,
                                      const std::string& what) {
  if (patterns.empty()) {
    return names;
  }
  const auto matched_by = [](const std::string& pattern) {
    return [&pattern](const std::string& name) { return glob_matches(pattern, name); };
  };
  for (const std::string& pattern : patterns) {
    if (std::none_of(names.begin(), names.end(), matched_by(pattern))) {
      throw BadUsage(
          fmt::format("no {} matches '{}'; there are: {}", what, pattern, fmt::join(names, ", ")));
    }
  }
  std::vector<std::string> selected;
  for (const std::string& name : names) {
    if (std::any_of(patterns.begin(), patterns.end(),
                    [&](const std::string& pattern) { return glob_matches(pattern, name); })) {
      selected.push_back(name);
    }
  }
  return selected;
}

}  // namespace twofold::compare
