// A POSIX thread with a stack of a chosen size, and an account of the limit that stops more of
// them.
//
// std::thread cannot choose its stack, and the platform's 8 MiB each make the address space and the
// unmapping of uncached stacks the cost of many threads: whoever runs thousands of them chooses.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace twofold::compare {

// Room for a handful of calls and a 16 KiB buffer; small enough for the C library to keep the
// stacks of some hundreds of ended threads for the next ones.
inline constexpr std::size_t kSmallStackBytes = std::size_t{64} << 10U;

class Thread {
 public:
  // Throws Capped, naming the limit, when the machine gives no more threads; `already_running` is
  // for that message.
  Thread(std::function<void()> body, std::size_t already_running,
         std::size_t stack_bytes = kSmallStackBytes);
  Thread(Thread&& other) noexcept
      : handle_(other.handle_), joinable_(std::exchange(other.joinable_, false)) {}
  Thread& operator=(Thread&&) = delete;
  // A thread that was not joined runs on: workloads that fail end the process anyhow, and waiting
  // for a thread that waits itself would only hide why.
  ~Thread();

  void join();

 private:
  pthread_t handle_{};
  bool joinable_ = false;
};

// Throws Capped when `count` threads at a time are more than the machine's limits leave, without
// trying: trying would take the last process number from everyone else on the machine.
void require_threads(std::uint64_t count);

}  // namespace twofold::compare
