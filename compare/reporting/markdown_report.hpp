// The report as Markdown: the same verdicts and tables as the HTML, without plots.
#pragma once

#include <string>

#include "reporting/results.hpp"

namespace twofold::compare {

[[nodiscard]] std::string markdown_report(const Results& results);

}  // namespace twofold::compare
