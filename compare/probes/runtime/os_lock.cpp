// `os_lock`: an operating system's mutex, and the runtime's, held across an await.
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <twofold/twofold.hpp>
#include <vector>

#include "runtime/probes.hpp"

namespace twofold::compare {
namespace {

// A mutex that says what goes wrong instead of hanging: its owner is a thread.
class CheckedMutex {
 public:
  CheckedMutex() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&mutex_, &attributes);
    pthread_mutexattr_destroy(&attributes);
  }
  CheckedMutex(const CheckedMutex&) = delete;
  CheckedMutex& operator=(const CheckedMutex&) = delete;
  ~CheckedMutex() { pthread_mutex_destroy(&mutex_); }
  int lock() { return pthread_mutex_lock(&mutex_); }
  int unlock() { return pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_;
};

struct Shared {
  CheckedMutex os_mutex;
  Mutex async_mutex;
  int would_hang = 0;
  int completed = 0;
};

// Away from the compiler's eyes: it may keep a thread's identity across an await.
[[gnu::noinline]] pthread_t this_thread() {
  asm volatile("");
  return pthread_self();
}

// Locks, lets others run, and unlocks: the second task to come finds its own thread in possession.
TF_ASYNC(void) hold_os_mutex(Shared& shared) {
  if (shared.os_mutex.lock() == EDEADLK) {
    ++shared.would_hang;  // with an ordinary mutex the worker would wait for itself
  } else {
    TF_AWAIT(yield_now());
    shared.os_mutex.unlock();
  }
  TF_RETURN;
}

TF_ASYNC(void) hold_async_mutex(Shared& shared) {
  const MutexGuard guard = TF_AWAIT(shared.async_mutex.lock());
  TF_AWAIT(yield_now());
  ++shared.completed;
  TF_RETURN;
}

TF_ASYNC(void) hold_both(Shared& shared) {
  auto first = spawn(hold_os_mutex, std::ref(shared));
  auto second = spawn(hold_os_mutex, std::ref(shared));
  TF_AWAIT(first);
  TF_AWAIT(second);
  auto third = spawn(hold_async_mutex, std::ref(shared));
  auto fourth = spawn(hold_async_mutex, std::ref(shared));
  TF_AWAIT(third);
  TF_AWAIT(fourth);
  TF_RETURN;
}

// Locks, waits, and unlocks in whichever thread it goes on in, until that is another one. Tells
// whether it was, and what unlocking said to it.
TF_ASYNC(int) unlock_elsewhere(std::atomic<bool>& seen) {
  constexpr int kMostMoves = 2'000;
  for (int i = 0; i < kMostMoves && !seen; ++i) {
    CheckedMutex mutex;
    const pthread_t before = this_thread();
    mutex.lock();
    TF_AWAIT(yield_now());
    TF_AWAIT(sleep(std::chrono::microseconds(50)));
    const int error = mutex.unlock();
    if (pthread_equal(before, this_thread()) == 0) {
      seen = true;
      TF_RETURN error;
    }
  }
  TF_RETURN - 1;
}

TF_ASYNC(int) wander() {
  std::atomic<bool> seen = false;
  std::vector<JoinHandle<int>> tasks;
  for (int i = 0; i < 16; ++i) tasks.push_back(spawn(unlock_elsewhere, std::ref(seen)));
  int error = -1;
  for (auto& task : tasks) {
    const int answer = TF_AWAIT(task);
    error = answer >= 0 ? answer : error;
  }
  TF_RETURN error;
}

void run_os_lock(const Params&, Output& output) {
  Shared shared;
  Runtime one_worker({.workers = 1});
  one_worker.block_on(hold_both, std::ref(shared));
  output.metric("os_mutex_would_hang", "", shared.would_hang);
  output.metric("async_mutex_completed", "", shared.completed);
  Runtime two_workers({.workers = 2});
  const int error = two_workers.block_on(wander);
  if (error >= 0) output.metric("unlock_elsewhere_fails", "", error == EPERM ? 1 : 0);
  check_equal("the count of holders of the runtime's mutex",
              static_cast<std::uint64_t>(shared.completed), 2);
  output.check_ok(1, 1);
}

}  // namespace

Workload os_lock_probe() {
  return {{.name = "os_lock",
           .summary = "a mutex of the operating system, and the runtime's, held across an await",
           .metric = "os_mutex_would_hang",
           .axis = "",
           .smoke = {{}},
           .quick = {{}},
           .full = {{}},
           .exact = true},
          run_os_lock};
}

}  // namespace twofold::compare
