// The parameters of one sample: named integers, the number of workers, and the seed.
//
// Read by every workload and load. Values are checked here once: not negative, known to the
// workload, complete. A workload therefore needs no validation of its own.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twofold::compare {

// One point of measurement: the parameters in the order in which reports show them.
using Point = std::vector<std::pair<std::string, std::int64_t>>;

class Params {
 public:
  // Starts from `defaults` (which also says which names are known) with one worker and seed 1.
  explicit Params(const Point& defaults);

  // Takes "KEY=VALUE" as given on a command line; throws UsageError for an unknown key or a value
  // that is not an integer of at least zero.
  void assign(std::string_view key_value);

  // The value of `name`; throws UsageError when the workload has no such parameter.
  [[nodiscard]] std::int64_t get(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;

  [[nodiscard]] unsigned workers() const { return workers_; }
  void set_workers(unsigned workers) { workers_ = workers; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  void set_seed(std::uint64_t seed) { seed_ = seed; }

 private:
  std::map<std::string, std::int64_t, std::less<>> values_;
  unsigned workers_ = 1;
  std::uint64_t seed_ = 1;
};

// Parses all of `text` as an integer of at least zero; `what` names it in the UsageError.
[[nodiscard]] std::uint64_t parse_count(std::string_view text, std::string_view what);

}  // namespace twofold::compare
