// OsThread, OsMutex, OsCondition for the model checker: threads that it schedules.
#pragma once

#include <pthread.h>

#include <cstdint>
#include <mutex>
#include <utility>

#include "checker/checker.hpp"
#include "twofold/detail/spin_lock.hpp"

namespace twofold::detail {

using OsMutex = SpinLock;

class OsCondition {
 public:
  void wait(std::unique_lock<OsMutex>& held) noexcept {
    Waiter waiter{this, generation_};
    held.unlock();
    model::block(model::Op::kConditionWait, this, &is_notified, &waiter);
    held.lock();
  }
  /// The time is never over here.
  template <class Duration>
  void wait_for(std::unique_lock<OsMutex>& held, Duration) noexcept {
    wait(held);
  }
  template <class Predicate>
  void wait(std::unique_lock<OsMutex>& held, Predicate predicate) {
    while (!predicate()) wait(held);
  }
  void notify_all() noexcept {
    model::step(model::Op::kNotify, this);
    ++generation_;
    model::changed();
  }

 private:
  struct Waiter {
    OsCondition* condition;
    std::uint64_t generation;
  };
  static bool is_notified(void* waiter) noexcept {
    auto& self = *static_cast<Waiter*>(waiter);
    return self.condition->generation_ != self.generation;
  }
  std::uint64_t generation_ = 0;
};

/// As std::thread; runs on a thread of the checker.
class OsThread : public model::Thread {
 public:
  OsThread() noexcept = default;
  template <class Function>
  explicit OsThread(Function function) : Thread("worker", std::move(function)) {}
  [[nodiscard]] pthread_t native_handle() const noexcept { return ::pthread_self(); }
};

}  // namespace twofold::detail
