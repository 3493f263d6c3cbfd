// A comparator of std::sort, which with AWAITING is to wait for something in between.
#include <algorithm>
#include <coroutine>
#include <vector>

struct Task {
  struct promise_type {
    bool value = false;
    Task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(bool result) { value = result; }
    void unhandled_exception() {}
  };
  std::coroutine_handle<promise_type> handle;
};

void sort(std::vector<int>& values) {
#ifdef AWAITING
  std::sort(values.begin(), values.end(), [](int a, int b) -> Task {
    co_await std::suspend_always{};
    co_return a < b;
  });
#else
  std::sort(values.begin(), values.end(), [](int a, int b) { return a < b; });
#endif
}
