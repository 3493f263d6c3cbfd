// Shell-like patterns for names: `*` for any run of characters, `?` for one.
//
// Used by --only and --variants.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace twofold::compare {

// A command line that cannot be obeyed; the message says what is possible instead.
class BadUsage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view name);

// The names that any of `patterns` matches, in the order of `names`; all of them when there are no
// patterns. Throws BadUsage, with the names that exist, for a pattern that matches none: a typing
// error must not look like an empty result. `what` names the kind of thing ("workload").
[[nodiscard]] std::vector<std::string> select_names(const std::vector<std::string>& names,
                                                    const std::vector<std::string>& patterns,
                                                    const std::string& what);

}  // namespace twofold::compare
