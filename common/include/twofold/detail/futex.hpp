// Futex: waiting for a word to change, by the kernel's futex(2), within this process.
#pragma once

#include <cstdint>

#include "twofold/detail/atomic.hpp"

namespace twofold::detail {

/// Sleeps while `word` is `value`. May return early, as for a signal.
void futex_wait(const Atomic<std::uint32_t>& word, std::uint32_t value) noexcept;
/// Wakes one thread that sleeps on `word`.
void futex_wake_one(const Atomic<std::uint32_t>& word) noexcept;

}  // namespace twofold::detail
