// Two million awaits of coroutines that complete at once, in one loop: without tail calls each
// leaves a frame on the stack.
#include <sys/resource.h>

#include <coroutine>
#include <cstdlib>

namespace {

struct Task {
  struct promise_type {
    std::coroutine_handle<> awaiting;
    Task get_return_object() { return Task{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Final {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> done) noexcept {
        return done.promise().awaiting;
      }
      void await_resume() noexcept {}
    };
    Final final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::abort(); }
  };
  explicit Task(std::coroutine_handle<promise_type> own) : handle(own) {}
  Task(Task&&) = delete;
  ~Task() { handle.destroy(); }
  bool await_ready() noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) noexcept {
    handle.promise().awaiting = caller;
    return handle;
  }
  void await_resume() noexcept {}
  std::coroutine_handle<promise_type> handle;
};

long completed = 0;

Task child() {
  ++completed;
  co_return;
}

Task await_many(long times) {
  for (long i = 0; i < times; ++i) co_await child();
}

}  // namespace

int main() {
  const rlimit no_core = {0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  constexpr long kAwaits = 2'000'000;
  auto outer = await_many(kAwaits);
  outer.handle.promise().awaiting = std::noop_coroutine();
  outer.handle.resume();
  return completed == kAwaits ? 0 : 1;
}
