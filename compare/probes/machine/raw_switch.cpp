// `raw_switch`: one change of control and nothing else, five ways, each of two sides touching so
// many bytes of its own suspended state between two switches.
#include <ucontext.h>

#include <boost/context/detail/fcontext.hpp>
#include <coroutine>
#include <cstdlib>
#include <memory>
#include <vector>

#include "machine/bare_fiber.hpp"
#include "machine/probes.hpp"
#include "protocol/machine.hpp"

namespace twofold::compare {
namespace {

constexpr std::size_t kStack_bytes = std::size_t{512} << 10U;
constexpr std::size_t kCacheLine_bytes = 64;

// What either side does between two switches: touches its state, line by line.
void touch(volatile char* state, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i += kCacheLine_bytes) {
    state[i] = static_cast<char>(state[i] + 1);
  }
}

class Stack {
 public:
  [[nodiscard]] std::byte* top() { return memory_.get() + kStack_bytes; }
  [[nodiscard]] std::byte* bottom() { return memory_.get(); }

 private:
  std::unique_ptr<std::byte[]> memory_ = std::make_unique<std::byte[]>(kStack_bytes);
};

// The main side switches, touches, and switches again; `rounds` there and back.
struct Setting {
  std::size_t rounds = 0;
  std::size_t bytes = 0;
};
Setting setting;

template <typename ThereAndBack>
double ns_per_switch(std::size_t rounds, ThereAndBack there_and_back) {
  std::vector<char> state(setting.bytes + 1);
  for (std::size_t i = 0; i < rounds / 10; ++i) there_and_back();
  const Stopwatch watch;
  for (std::size_t i = 0; i < rounds; ++i) {
    touch(state.data(), setting.bytes);
    there_and_back();
  }
  return watch.elapsed_ns() / static_cast<double>(2 * rounds);
}

// --- bare switches -----------------------------------------------------------------------------

void* main_side = nullptr;
void* other_side = nullptr;

template <void (*kSwitch)(void**, void*)>
[[noreturn]] void bounce() {
  char state[kStack_bytes / 2];
  while (true) {
    touch(state, setting.bytes);
    kSwitch(&other_side, main_side);
  }
}

template <void (*kSwitch)(void**, void*)>
double bare_ns() {
  Stack stack;
  BareFiber fiber(stack.top(), bounce<kSwitch>);
  other_side = fiber.stack_pointer;
  return ns_per_switch(setting.rounds, [] { kSwitch(&main_side, other_side); });
}

// Both sides in the same code: what a return predicts is then right, although it goes elsewhere.
void* first_side = nullptr;
void* second_side = nullptr;
std::size_t rounds_left = 0;

[[gnu::noinline]] void bounce_alike(void** mine, void** other) {
  char state[kStack_bytes / 2];
  while (true) {
    touch(state, setting.bytes);
    if (rounds_left-- == 0) probe_switch_ret(mine, main_side);
    probe_switch_ret(mine, *other);
  }
}

[[noreturn]] void bounce_first() {
  bounce_alike(&first_side, &second_side);
  std::abort();
}
[[noreturn]] void bounce_second() {
  bounce_alike(&second_side, &first_side);
  std::abort();
}

double alike_ns() {
  Stack first;
  Stack second;
  first_side = BareFiber(first.top(), bounce_first).stack_pointer;
  second_side = BareFiber(second.top(), bounce_second).stack_pointer;
  rounds_left = 2 * setting.rounds;
  const Stopwatch watch;
  probe_switch_ret(&main_side, first_side);
  return watch.elapsed_ns() / static_cast<double>(2 * setting.rounds);
}

// --- Boost.Context ------------------------------------------------------------------------------

void bounce_boost(boost::context::detail::transfer_t from) {
  char state[kStack_bytes / 2];
  while (true) {
    touch(state, setting.bytes);
    from = boost::context::detail::jump_fcontext(from.fctx, nullptr);
  }
}

double boost_ns() {
  Stack stack;
  auto other = boost::context::detail::make_fcontext(stack.top(), kStack_bytes, bounce_boost);
  return ns_per_switch(setting.rounds, [&other] {
    other = boost::context::detail::jump_fcontext(other, nullptr).fctx;
  });
}

// --- ucontext -----------------------------------------------------------------------------------

ucontext_t main_context;
ucontext_t other_context;

void bounce_ucontext() {
  char state[kStack_bytes / 2];
  while (true) {
    touch(state, setting.bytes);
    ::swapcontext(&other_context, &main_context);
  }
}

double ucontext_ns() {
  Stack stack;
  ::getcontext(&other_context);
  other_context.uc_stack.ss_sp = stack.bottom();
  other_context.uc_stack.ss_size = kStack_bytes;
  other_context.uc_link = nullptr;
  ::makecontext(&other_context, bounce_ucontext, 0);
  constexpr std::size_t kSlower = 20;
  return ns_per_switch(setting.rounds / kSlower,
                       [] { ::swapcontext(&main_context, &other_context); });
}

// --- coroutines ---------------------------------------------------------------------------------

struct Bouncing {
  struct promise_type {
    Bouncing get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  std::coroutine_handle<promise_type> handle;
};

struct SwitchTo {
  std::coroutine_handle<>& target;
  bool await_ready() noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept { return target; }
  void await_resume() noexcept {}
};

// The two sides resume each other directly, as two fibers do.
Bouncing bounce_coroutine(std::coroutine_handle<>& other, std::size_t rounds, char* state) {
  for (std::size_t i = 0; i < rounds; ++i) {
    touch(state, setting.bytes);
    co_await SwitchTo{other};
  }
}

double coroutine_ns() {
  std::vector<char> first_state(setting.bytes + 1);
  std::vector<char> second_state(setting.bytes + 1);
  std::coroutine_handle<> first;
  std::coroutine_handle<> second;
  const Bouncing a = bounce_coroutine(second, setting.rounds, first_state.data());
  const Bouncing b = bounce_coroutine(first, setting.rounds, second_state.data());
  first = a.handle;
  second = b.handle;
  const Stopwatch watch;
  first.resume();
  const double elapsed_ns = watch.elapsed_ns();
  a.handle.destroy();
  b.handle.destroy();
  return elapsed_ns / static_cast<double>(2 * setting.rounds);
}

void run_raw_switch(const Params& params, Output& output) {
  setting.bytes = static_cast<std::size_t>(params.get("touched_bytes"));
  setting.rounds = static_cast<std::size_t>(params.get("rounds"));
  if (setting.bytes > kStack_bytes / 2) throw Unsupported("more than 256 KiB");
  output.metric("ns_per_op", "ns", bare_ns<probe_switch_jmp>());
  output.metric("ret_ns", "ns", bare_ns<probe_switch_ret>());
  output.metric("ret_same_code_ns", "ns", alike_ns());
  output.metric("boost_ns", "ns", boost_ns());
  output.metric("ucontext_ns", "ns", ucontext_ns());
  output.metric("coroutine_ns", "ns", coroutine_ns());
  output.check_ok(setting.rounds, 2 * setting.rounds);
}

}  // namespace

Workload raw_switch_probe() {
  const auto point = [](std::int64_t touched_bytes, std::int64_t rounds) {
    return Point{{"touched_bytes", touched_bytes}, {"rounds", rounds}};
  };
  return {{.name = "raw_switch",
           .summary = "a change of control and nothing else: bare, Boost, ucontext, coroutine",
           .metric = "ns_per_op",
           .axis = "touched_bytes",
           .smoke = {point(0, 1'000)},
           .quick = {point(0, 200'000), point(4'096, 50'000), point(65'536, 3'000)},
           .full = {point(0, 200'000), point(256, 200'000), point(4'096, 50'000),
                    point(65'536, 3'000), point(262'144, 500)}},
          run_raw_switch};
}

}  // namespace twofold::compare
