// A chain of seven functions, the innermost of which is to wait for an event. The EDITED functions
// right above it were changed; with STACKLESS a changed function is a coroutine and awaits its
// callee, with STACKFUL there is nothing to change: waiting is a call.
#include <coroutine>

struct Task {
  struct promise_type {
    int value = 0;
    Task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(int result) { value = result; }
    void unhandled_exception() {}
  };
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<>) {}
  int await_resume() { return handle.promise().value; }
  std::coroutine_handle<promise_type> handle;
};

struct Event {};
int wait_on_fiber(Event);  // parks the fiber that calls it
Task run(Task);            // what a coroutine at the top is handed to
int run(int);

#ifdef STACKLESS
inline Task innermost() {
  co_await std::suspend_always{};
  co_return 1;
}
#else
inline int innermost() { return wait_on_fiber(Event{}); }
#endif

template <int kAbove, bool kIsEdited = (kAbove <= EDITED)>
struct Function;

// What a function calls, whichever colour that has.
template <int kAbove>
auto callee() {
  if constexpr (kAbove == 1) {
    return innermost();
  } else {
    return Function<kAbove - 1>::call();
  }
}

#ifdef STACKLESS
template <int kAbove>
struct Function<kAbove, true> {
  static Task call() { co_return co_await callee<kAbove>() + 1; }
};
#endif

// As it was before anything had to wait.
template <int kAbove>
struct Function<kAbove, false> {
  static int call() { return callee<kAbove>() + 1; }
};

auto top() { return run(Function<6>::call()); }
