// A fiber and a coroutine that begin in one thread and go on in another: each writes down what it
// reads of a thread_local and of errno's place, before and after.
#include <ucontext.h>

#include <cerrno>
#include <coroutine>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {

thread_local int number = 0;  // 1 in the first thread, 2 in the second

struct Seen {
  int number_after = 0;
  bool errno_moved = false;
};
Seen fiber_seen;
Seen out_of_line_seen;
Seen coroutine_seen;

[[gnu::noinline]] int read_out_of_line() {
  asm volatile("");
  return number;
}

// --- the fiber ----------------------------------------------------------------------------------

ucontext_t home;
ucontext_t fiber;
alignas(16) char stack[256 * 1024];

[[gnu::noinline]] void leave() { ::swapcontext(&fiber, &home); }

void fiber_body() {
  int* const place = &errno;
  number += 0;
  const int before = number;
  leave();
  fiber_seen.number_after = number;
  fiber_seen.errno_moved = place != &errno;
  out_of_line_seen.number_after = read_out_of_line();
  if (before != 1) std::abort();
  leave();
}

// --- the coroutine ------------------------------------------------------------------------------

struct Task {
  struct promise_type {
    Task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::abort(); }
  };
  std::coroutine_handle<promise_type> handle;
};

Task coroutine_body() {
  int* const place = &errno;
  number += 0;
  const int before = number;
  co_await std::suspend_always{};
  coroutine_seen.number_after = number;
  coroutine_seen.errno_moved = place != &errno;
  if (before != 1) std::abort();
}

}  // namespace

int main() {
  number = 1;
  ::getcontext(&fiber);
  fiber.uc_stack.ss_sp = stack;
  fiber.uc_stack.ss_size = sizeof stack;
  fiber.uc_link = &home;
  ::makecontext(&fiber, fiber_body, 0);
  ::swapcontext(&home, &fiber);
  const Task task = coroutine_body();
  task.handle.resume();
  std::thread([&] {
    number = 2;
    ::swapcontext(&home, &fiber);
    task.handle.resume();
  }).join();
  task.handle.destroy();
  std::printf("fiber_stale %d\n", fiber_seen.number_after == 2 ? 0 : 1);
  std::printf("fiber_errno_stale %d\n", fiber_seen.errno_moved ? 0 : 1);
  std::printf("fiber_out_of_line_stale %d\n", out_of_line_seen.number_after == 2 ? 0 : 1);
  std::printf("coroutine_stale %d\n", coroutine_seen.number_after == 2 ? 0 : 1);
  std::printf("coroutine_errno_stale %d\n", coroutine_seen.errno_moved ? 0 : 1);
}
