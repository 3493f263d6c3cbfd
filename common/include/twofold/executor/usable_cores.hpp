// How many cores a runtime can use, which is fewer than the machine has where the process is pinned
// or its container has a quota of time. Used by Executor, for `workers = 0`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace twofold::detail {

/// The cores that this thread may run on, and no more than the quota of its control group comes to
/// (version 2, Linux 4.5), rounded up. At least 1. Reads a few files.
[[nodiscard]] std::size_t usable_cores() noexcept;

/// What a group's cpu.max comes to ("150000 100000", microseconds in each period: 2 cores), rounded
/// up; nothing where there is no limit ("max 100000") or the text is something else.
[[nodiscard]] std::optional<std::size_t> cores_of_quota(const std::string& cpu_max) noexcept;

}  // namespace twofold::detail
