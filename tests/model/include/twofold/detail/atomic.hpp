// Atomic, AtomicRef for the model checker: stands before common's header of this name on the
// include path of the model tests, so that the product's code runs over these.
//
// Each operation is a step of the checker. Memory orders are ignored: what is explored is every
// interleaving of a sequentially consistent memory (docs/design/model-checking.md).
#pragma once

#include <atomic>

#include "checker/checker.hpp"

namespace twofold::detail {

/// The operations over a value that somebody else keeps.
template <class T>
class ModelOperations {
 public:
  explicit ModelOperations(T& v) noexcept : value_(&v) {}

  T load() const noexcept {
    model::step(model::Op::kLoad, value_);
    model::note(*value_, *value_);
    return *value_;
  }
  void store(T desired) noexcept {
    model::step(model::Op::kStore, value_);
    change(desired);
  }
  T exchange(T desired) noexcept {
    return modify(model::Op::kExchange, [&](T) { return desired; });
  }
  bool compare_exchange(T& expected, T desired) noexcept {
    model::step(model::Op::kCompareExchange, value_);
    const bool equal = *value_ == expected;
    if (!equal) {
      model::note(*value_, *value_);
      expected = *value_;
      return false;
    }
    if (model::is_torn(model::Op::kCompareExchange)) model::step(model::Op::kStore, value_);
    change(desired);
    return true;
  }
  template <class Function>
  T modify(model::Op op, Function function) noexcept {
    model::step(op, value_);
    const T before = *value_;
    if (model::is_torn(op)) {
      model::note(before, before);
      model::step(model::Op::kStore, value_);
    }
    change(function(before));
    return before;
  }

 private:
  void change(T desired) noexcept {
    model::note(*value_, desired);
    model::changed();
    *value_ = desired;
  }
  T* value_;
};

/// What std::atomic and std::atomic_ref have in common. Derived gives the operations by ops().
template <class Derived, class T>
class ModelAtomicInterface {
 public:
  T load(std::memory_order = std::memory_order_seq_cst) const noexcept { return ops().load(); }
  void store(T v, std::memory_order = std::memory_order_seq_cst) noexcept { ops().store(v); }
  T exchange(T v, std::memory_order = std::memory_order_seq_cst) noexcept {
    return ops().exchange(v);
  }
  bool compare_exchange_strong(T& expected, T v, std::memory_order = {},
                               std::memory_order = {}) noexcept {
    return ops().compare_exchange(expected, v);
  }
  /// Never fails without reason: the loops round it would only add schedules.
  bool compare_exchange_weak(T& expected, T v, std::memory_order = {},
                             std::memory_order = {}) noexcept {
    return ops().compare_exchange(expected, v);
  }
  T fetch_add(T v, std::memory_order = std::memory_order_seq_cst) noexcept {
    return ops().modify(model::Op::kFetchAdd, [&](T x) { return static_cast<T>(x + v); });
  }
  T fetch_sub(T v, std::memory_order = std::memory_order_seq_cst) noexcept {
    return ops().modify(model::Op::kFetchSub, [&](T x) { return static_cast<T>(x - v); });
  }
  T fetch_or(T v, std::memory_order = std::memory_order_seq_cst) noexcept {
    return ops().modify(model::Op::kFetchOr, [&](T x) { return static_cast<T>(x | v); });
  }
  T fetch_and(T v, std::memory_order = std::memory_order_seq_cst) noexcept {
    return ops().modify(model::Op::kFetchAnd, [&](T x) { return static_cast<T>(x & v); });
  }

 private:
  [[nodiscard]] ModelOperations<T> ops() const noexcept {
    return ModelOperations<T>(static_cast<const Derived&>(*this).value());
  }
};

template <class T>
class Atomic : public ModelAtomicInterface<Atomic<T>, T> {
 public:
  constexpr Atomic() noexcept = default;
  constexpr Atomic(T v) noexcept : value_(v) {}  // NOLINT(google-explicit-constructor)
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

 private:
  friend class ModelAtomicInterface<Atomic<T>, T>;
  [[nodiscard]] T& value() const noexcept { return value_; }
  mutable T value_{};
};

template <class T>
class AtomicRef : public ModelAtomicInterface<AtomicRef<T>, T> {
 public:
  explicit AtomicRef(T& v) noexcept : value_(&v) {}

 private:
  friend class ModelAtomicInterface<AtomicRef<T>, T>;
  [[nodiscard]] T& value() const noexcept { return *value_; }
  T* value_;
};

/// Nothing: the memory is sequentially consistent.
inline void full_fence() noexcept {}

}  // namespace twofold::detail
