// SpinLock for the model checker: who waits for it is not run, instead of spinning.
#pragma once

#include "checker/checker.hpp"

namespace twofold::detail {

void pause_a_while(unsigned round) noexcept;

inline constexpr unsigned kRoundsToAsk = 1;

class SpinLock {
 public:
  SpinLock() noexcept = default;
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

  void lock() noexcept {
    model::block(model::Op::kLock, this, &is_free, this);
    if (model::is_torn(model::Op::kLock)) model::step(model::Op::kStore, this);
    held_ = true;
    model::changed();
  }
  [[nodiscard]] bool try_lock() noexcept {
    model::step(model::Op::kTryLock, this);
    if (held_) return false;
    held_ = true;
    model::changed();
    return true;
  }
  void unlock() noexcept {
    model::step(model::Op::kUnlock, this);
    held_ = false;
    model::changed();
  }

 private:
  static bool is_free(void* self) noexcept { return !static_cast<SpinLock*>(self)->held_; }

  bool held_ = false;
};

}  // namespace twofold::detail
