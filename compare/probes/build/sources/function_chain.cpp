// A chain of functions, each of which calls the next and adds to what it returns; none is inlined.
#include <coroutine>
#include <cstdlib>

#ifndef FUNCTIONS
#define FUNCTIONS 10
#endif


struct Task {
  struct promise_type {
    std::coroutine_handle<> awaiting;
    long value = 0;
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
    void return_value(long result) { value = result; }
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
  long await_resume() noexcept { return handle.promise().value; }
  std::coroutine_handle<promise_type> handle;
};


#if AS_COROUTINES
#define RESULT Task
#define AWAIT co_await
#define RETURN co_return
#else
#define RESULT long
#define AWAIT
#define RETURN return
#endif

template <int kNumber>
[[gnu::noinline]] RESULT link(long argument) {
  if constexpr (kNumber == 0) {
    RETURN argument;
  } else {
    const long below = AWAIT link<kNumber - 1>(argument + kNumber);
    asm volatile("" : : : "memory");
    RETURN below * 3 + kNumber;
  }
}

template RESULT link<FUNCTIONS - 1>(long);
