// A function that waits while it holds a reference to what its caller passed: a temporary. The
// coroutine gives control back to the caller, whose full expression ends, and with it the
// temporary; the fiber's caller waits until the call returns.
#include <ucontext.h>

#include <coroutine>
#include <cstdlib>
#include <string>

namespace {

std::size_t total = 0;

std::string text() { return std::string(100, 'x'); }

#ifdef COROUTINE

struct Task {
  struct promise_type {
    Task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::abort(); }
  };
  std::coroutine_handle<promise_type> handle;
};

Task consume(const std::string& argument) {
  total += argument.size();
  co_await std::suspend_always{};
  total += static_cast<std::size_t>(argument[50]);
}

void run() {
  const Task task = consume(text());
  task.handle.resume();
  task.handle.destroy();
}

#else

ucontext_t home;
ucontext_t fiber;
alignas(16) char stack[256 * 1024];

void consume(const std::string& argument) {
  total += argument.size();
  ::swapcontext(&fiber, &home);
  total += static_cast<std::size_t>(argument[50]);
}

void body() { consume(text()); }

void run() {
  ::getcontext(&fiber);
  fiber.uc_stack.ss_sp = stack;
  fiber.uc_stack.ss_size = sizeof stack;
  fiber.uc_link = &home;
  ::makecontext(&fiber, body, 0);
  ::swapcontext(&home, &fiber);
  ::swapcontext(&home, &fiber);
}

#endif

}  // namespace

int main() {
  run();
  return total == 100 + 'x' ? 0 : 1;
}
