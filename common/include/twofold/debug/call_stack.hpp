// CallStack: code addresses of a stack, and the functions in it that a reader wants to see.
//
// Filled on the stack that is looked at, be it that of a fiber or of a signal handler: so it has
// its memory beforehand, and adding to it is a store. Naming comes later, elsewhere.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "twofold/debug/symbols.hpp"
#include "twofold/task/header.hpp"

namespace twofold::detail {

class CallStack {
 public:
  /// More frames than these are counted and not kept.
  static constexpr std::size_t kMost = 96;

  /// Innermost first. Neither allocates nor throws.
  void add(const void* address) noexcept {
    if (size_ < kMost) addresses_[size_] = address;
    ++size_;
  }
  void clear() noexcept { size_ = 0; }

  /// The functions, innermost first: those of the program, without the library's own and without
  /// the lambdas that TF_AWAIT wraps its operand in. One without a name is given by file and
  /// offset. Throws std::bad_alloc.
  [[nodiscard]] std::vector<std::string> functions(Symbols& symbols) const;

 private:
  std::array<const void*, kMost> addresses_;
  std::size_t size_ = 0;
};

/// The stack of a parked task, from where it waits outwards.
[[nodiscard]] CallStack stack_of(TaskHeader& parked);

/// Whether the function belongs to the runtime, of which a stack has many that say nothing.
[[nodiscard]] bool is_machinery(std::string_view symbol) noexcept;

}  // namespace twofold::detail
