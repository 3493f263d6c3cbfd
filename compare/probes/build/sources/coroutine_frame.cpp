// Frame sizes as the code generator asks operator new for them, and how often it asks at all.
#include <coroutine>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace {

std::size_t last_frame_bytes = 0;
long allocations = 0;

struct Task {
  struct promise_type {
    std::coroutine_handle<> awaiting;
    int value = 0;
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
    void return_value(int result) { value = result; }
    void unhandled_exception() { std::abort(); }
  };
  explicit Task(std::coroutine_handle<promise_type> own) noexcept : handle(own) {}
  Task(Task&&) = delete;
  ~Task() { handle.destroy(); }
  // The frame's owner is no awaiter itself: clang elides the frame only where it does not escape.
  struct Awaiter {
    std::coroutine_handle<promise_type> handle;
    bool await_ready() noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) noexcept {
      handle.promise().awaiting = caller;
      return handle;
    }
    int await_resume() noexcept { return handle.promise().value; }
  };
  Awaiter operator co_await() noexcept { return {handle}; }
  std::coroutine_handle<promise_type> handle;
};

// Nothing of the buffer is needed after the suspension.
[[gnu::noinline]] Task dead_buffer() {
  {
    char buffer[4096];
    asm volatile("" : : "r"(buffer) : "memory");
  }
  co_await std::suspend_always{};
  co_return 1;
}

// Never alive at the same time.
[[gnu::noinline]] Task disjoint_buffers() {
  {
    char first[4096];
    asm volatile("" : : "r"(first) : "memory");
    co_await std::suspend_always{};
    asm volatile("" : : "r"(first) : "memory");
  }
  {
    char second[4096];
    asm volatile("" : : "r"(second) : "memory");
    co_await std::suspend_always{};
    asm volatile("" : : "r"(second) : "memory");
  }
  co_return 1;
}

Task child(int value) { co_return value + 1; }

[[gnu::noinline]] Task small_frame(int value) { co_return value + 1; }

Task await_many(long times) {
  long sum = 0;
  for (long i = 0; i < times; ++i) sum += co_await child(1);
  co_return sum == 2 * times ? 1 : 0;
}

// A future that was written by hand: its size is the language's to tell.
struct HandWritten {
  void* leaf = nullptr;
  int state = 0;
  long sum = 0;
};
static_assert(sizeof(HandWritten) == 24);

}  // namespace

void* operator new(std::size_t bytes) {
  ++allocations;
  last_frame_bytes = bytes;
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

template <typename Make>
void print_frame(const char* name, Make make) {
  last_frame_bytes = 0;
  auto task = make();
  std::printf("%s %zu\n", name, last_frame_bytes);
}

int main() {
  print_frame("dead_buffer_bytes", [] { return dead_buffer(); });
  print_frame("disjoint_buffers_bytes", [] { return disjoint_buffers(); });
  print_frame("small_frame_bytes", [] { return small_frame(1); });
  std::printf("hand_written_bytes %zu\n", sizeof(HandWritten));
  constexpr long kAwaits = 2'000;  // few enough for the stack, should transfer not be a tail call
  auto outer = await_many(kAwaits);
  outer.handle.promise().awaiting = std::noop_coroutine();
  allocations = 0;
  outer.handle.resume();
  if (outer.handle.promise().value != 1) return 1;
  std::printf("allocs_per_await %g\n", static_cast<double>(allocations) / kAwaits);
}
