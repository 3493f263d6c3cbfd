// Poll<T>: what a future answers when it is asked whether it is done.
//
// Used by every future and everything that drives one. The vocabulary (Ready, Pending) is that of
// Rust's std::task::Poll. A Poll owns its value; it is as movable and copyable as T.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

namespace twofold {

/// The value of a future that has nothing to say but that it is done.
struct Unit {
  friend constexpr bool operator==(Unit, Unit) noexcept { return true; }
};

struct PendingType {
  explicit PendingType() = default;
};

/// The answer "not yet": the future has arranged for the context's task to be woken.
inline constexpr PendingType Pending{};

/// The answer "done", with the value: `return Ready(42);`, or `return Ready();` for Unit.
template <class T = Unit>
struct Ready {
  constexpr Ready() = default;
  constexpr explicit Ready(T v) : value(std::move(v)) {}
  T value{};
};
template <class T>
Ready(T) -> Ready<T>;
Ready()->Ready<Unit>;

/// `T`, or `Unit` where T is void: what a container can hold.
template <class T>
using UnitIfVoid = std::conditional_t<std::is_void_v<T>, Unit, T>;

/// Ready with a T, or Pending. Not thread-safe; no allocation.
template <class T>
class [[nodiscard]] Poll {
 public:
  using value_type = T;

  constexpr Poll(PendingType) noexcept {}  // NOLINT(google-explicit-constructor): `return Pending;`
  template <class U>
  requires std::is_constructible_v<T, U>
  constexpr Poll(Ready<U>&& ready)  // NOLINT(google-explicit-constructor): `return Ready(v);`
      : value_(std::in_place, std::move(ready.value)) {}
  template <class U = T>
  requires std::is_constructible_v<T, U>
  constexpr explicit Poll(std::in_place_t, U&& value)
      : value_(std::in_place, std::forward<U>(value)) {}

  [[nodiscard]] constexpr bool is_ready() const noexcept { return value_.has_value(); }
  [[nodiscard]] constexpr bool is_pending() const noexcept { return !value_.has_value(); }

  /// The value. Precondition: is_ready().
  [[nodiscard]] constexpr T& value() & noexcept { return *value_; }
  [[nodiscard]] constexpr const T& value() const& noexcept { return *value_; }
  [[nodiscard]] constexpr T&& value() && noexcept { return std::move(*value_); }

 private:
  std::optional<T> value_;
};

/// A Poll without a value is one bit.
template <>
class [[nodiscard]] Poll<Unit> {
 public:
  using value_type = Unit;

  constexpr Poll(PendingType) noexcept {}                 // NOLINT(google-explicit-constructor)
  constexpr Poll(Ready<Unit>) noexcept : ready_(true) {}  // NOLINT(google-explicit-constructor)
  constexpr explicit Poll(std::in_place_t, Unit = {}) noexcept : ready_(true) {}

  [[nodiscard]] constexpr bool is_ready() const noexcept { return ready_; }
  [[nodiscard]] constexpr bool is_pending() const noexcept { return !ready_; }
  [[nodiscard]] constexpr Unit value() const noexcept { return {}; }

 private:
  bool ready_ = false;
};

/// A future whose Output is void answers like one whose Output is Unit.
template <>
class [[nodiscard]] Poll<void> : public Poll<Unit> {
 public:
  using Poll<Unit>::Poll;
  constexpr Poll(Poll<Unit> other) noexcept  // NOLINT(google-explicit-constructor)
      : Poll<Unit>(other) {}
};

}  // namespace twofold
