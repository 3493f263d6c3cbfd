// Function names as people write them, from the linkage names in symbol tables.
#pragma once

#include <string>
#include <string_view>

namespace twofold::detail {

/// The linkage name of the function that the programmer wrote: without what a compiler appends to
/// parts and copies of functions (.cold, .isra.0), and for the code of a coroutine that of the
/// coroutine.
[[nodiscard]] std::string_view source_symbol(std::string_view symbol) noexcept;

/// "ns::f(int)" for a linkage name of C++, and any other name as it is.
[[nodiscard]] std::string readable_name(std::string_view symbol);

}  // namespace twofold::detail
