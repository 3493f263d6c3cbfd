// Futex: waiting for a word to change, by the kernel's futex(2), within this process.
#pragma once

#include <atomic>
#include <cstdint>

namespace twofold::detail {

/// Sleeps while `word` is `value`. May return early, as for a signal.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t value) noexcept;
/// Wakes one thread that sleeps on `word`.
void futex_wake_one(const std::atomic<std::uint32_t>& word) noexcept;

}  // namespace twofold::detail
