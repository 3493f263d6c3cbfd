// The model's threads are coroutines on one thread of the system, which is not to be noticed.
#pragma once

namespace twofold::detail {

[[nodiscard]] inline bool is_single_threaded() noexcept { return false; }

}  // namespace twofold::detail
