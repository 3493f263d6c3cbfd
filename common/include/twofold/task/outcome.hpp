// Outcome<T>: how an async function ended: with a value, with an exception, or not at all
// (cancelled).
//
// Written by the function's runtime, read once by who awaits it. Lives where it is awaited (in the
// awaiter's frame, or in the task), so that the function's own memory can go before it is read.
#pragma once

#include <cassert>
#include <exception>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "twofold/poll.hpp"
#include "twofold/task/unhandled_exception.hpp"

namespace twofold {

/// Thrown where a task is awaited that was aborted, or whose runtime ended first.
class TaskAborted : public std::runtime_error {
 public:
  TaskAborted() : std::runtime_error("twofold: the awaited task was aborted") {}
};

namespace detail {

template <class T>
class Outcome {
  static constexpr bool kIsReference = std::is_reference_v<T>;
  using Stored = std::conditional_t<kIsReference, std::add_pointer_t<std::remove_reference_t<T>>,
                                    UnitIfVoid<T>>;

 public:
  Outcome() noexcept {}
  Outcome(const Outcome&) = delete;
  Outcome& operator=(const Outcome&) = delete;
  ~Outcome() {
    if (state_ == State::kValue) std::destroy_at(&value_);
    if (state_ >= State::kError) [[unlikely]]
      drop_error();
  }

  template <class... U>
  void set_value(U&&... value) noexcept(std::is_nothrow_constructible_v<Stored, U...>) {
    assert(state_ == State::kNone);
    if constexpr (kIsReference) {
      std::construct_at(&value_, (std::addressof(value), ...));
    } else {
      std::construct_at(&value_, std::forward<U>(value)...);
    }
    state_ = State::kValue;
  }

  void set_error(std::exception_ptr error) noexcept {
    assert(state_ == State::kNone);
    std::construct_at(&error_, std::move(error));
    state_ = State::kError;
  }

  /// A pointer that its owner keeps in the outcome's place while there is none.
  void keep(void* pointer) noexcept { kept_ = pointer; }
  [[nodiscard]] void* kept() const noexcept { return kept_; }

  [[nodiscard]] bool has_value() const noexcept { return state_ == State::kValue; }
  [[nodiscard]] bool has_error() const noexcept { return state_ >= State::kError; }
  [[nodiscard]] bool is_set() const noexcept { return state_ != State::kNone; }

  /// The value, moved out; rethrows the exception; throws TaskAborted where there is neither.
  T take() {
    if (state_ == State::kValue) [[likely]] {
      if constexpr (kIsReference) {
        return static_cast<T>(*value_);
      } else if constexpr (!std::is_void_v<T>) {
        return std::move(value_);
      } else {
        return;
      }
    }
    rethrow();
  }

 private:
  enum class State : unsigned char { kNone, kValue, kError, kErrorSeen };

  [[noreturn]] void rethrow() {
    if (state_ == State::kNone) throw TaskAborted();
    state_ = State::kErrorSeen;
    std::rethrow_exception(error_);
  }

  [[gnu::noinline, gnu::cold]] void drop_error() noexcept {
    if (state_ == State::kError) report_unhandled(std::move(error_));
    std::destroy_at(&error_);
  }

  union {
    Stored value_;
    std::exception_ptr error_;
    void* kept_;
  };
  State state_ = State::kNone;
};

}  // namespace detail
}  // namespace twofold
