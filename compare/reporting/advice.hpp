// Which runtime costs less for given work, with the arithmetic that says so.
//
// Used by `compare/advise`. The answer is made from two fitted cost models and never claims more
// than their errors allow.
#pragma once

#include <string>

#include "reporting/cost_model.hpp"

namespace twofold::compare {

struct Question {
  Work work;
  double requests_per_second = 0;  // by all tasks together
  bool has_rate = false;
};

/// The whole answer for a terminal: both sums line by line, then the verdict.
[[nodiscard]] std::string advice(const Question& question, const CostModel& first,
                                 const CostModel& second);

/// "stackful costs 1.8× less" or "no difference that the model could tell", from two values and the
/// relative errors of what they were computed with.
[[nodiscard]] std::string cheaper_text(const std::string& first_name, double first,
                                       double first_error, const std::string& second_name,
                                       double second, double second_error);

}  // namespace twofold::compare
