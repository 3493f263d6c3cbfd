// What the kernel does for the product's code, as far as the scenarios need it: the futex, and a
// reactor that only notify() ends the wait of.
//
// Time stands still: a wait with an end is a wait for ever, so that no time-out hides a lost wake.
#include <map>
#include <vector>

#include "checker/checker.hpp"
#include "twofold/detail/futex.hpp"
#include "twofold/detail/heavy_fence.hpp"
#include "twofold/executor/executor.hpp"
#include "twofold/reactor/reactor.hpp"

namespace twofold::detail {
namespace {

struct FutexWaiter {
  const void* word;
  bool is_woken = false;
};

// In the order in which they came, as the kernel wakes them.
std::vector<FutexWaiter*>& futex_waiters() {
  static std::vector<FutexWaiter*> waiters;
  return waiters;
}

bool is_woken(void* waiter) noexcept { return static_cast<FutexWaiter*>(waiter)->is_woken; }

std::map<const Reactor*, bool>& notified() {
  static std::map<const Reactor*, bool> reactors;
  return reactors;
}

bool is_notified(void* reactor) noexcept { return notified()[static_cast<Reactor*>(reactor)]; }

}  // namespace

void futex_wait(const Atomic<std::uint32_t>& word, std::uint32_t value) noexcept {
  if (word.load() != value) return;
  FutexWaiter self{&word};
  futex_waiters().push_back(&self);
  model::block(model::Op::kFutexWait, &word, &is_woken, &self);
}

void futex_wake_one(const Atomic<std::uint32_t>& word) noexcept {
  model::step(model::Op::kFutexWake, &word);
  auto& waiters = futex_waiters();
  for (auto waiter = waiters.begin(); waiter != waiters.end(); ++waiter) {
    if ((*waiter)->word != &word) continue;
    (*waiter)->is_woken = true;
    waiters.erase(waiter);
    model::changed();
    return;
  }
}

// The memory is sequentially consistent.
bool has_heavy_fence() noexcept { return true; }
void heavy_fence() noexcept {}

// Time stands still: who waits for another thread lets it run, which the checker does for who only
// looks.
void pause_a_while(unsigned) noexcept {}

// What is left of an execution that failed.
void forget_kernel() noexcept {
  futex_waiters().clear();
  notified().clear();
}

// Somebody always waits for a descriptor, so that the executor does not look for a deadlock.
Reactor::Reactor() : waiting_(1) { notified()[this] = false; }

bool Reactor::turn(Nanoseconds timeout) noexcept {
  if (timeout == 0) {
    model::step(model::Op::kReactorWait, this);
  } else {
    model::block(model::Op::kReactorWait, this, &is_notified, this);
  }
  return std::exchange(notified()[this], false);
}

void Reactor::notify() noexcept {
  model::step(model::Op::kReactorNotify, this);
  notified()[this] = true;
  model::changed();
}

void Reactor::free_closed() noexcept {}

// No scenario asks for one.
std::shared_ptr<VirtualNetwork> make_simulated_network(std::uint64_t, const NetworkFaults&) {
  return nullptr;
}

}  // namespace twofold::detail
