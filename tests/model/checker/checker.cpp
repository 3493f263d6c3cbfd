// The model checker: executions, decisions, and the search through them. One file because an
// execution is the search's state.
#include "checker/checker.hpp"

#include <ucontext.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iomanip>
#include <map>
#include <memory>
#include <ostream>
#include <sstream>
#include <vector>

namespace twofold::model {
namespace {

constexpr std::size_t kStackBytes = std::size_t{128} << 10U;
constexpr std::size_t kMostSteps = 20'000;  // of an execution
constexpr unsigned kMostThreads = 16;
constexpr unsigned kSpins = 100;  // steps of one thread in which nothing changes

constexpr std::array<const char*, 19> kOpNames = {"runs",
                                                  "load",
                                                  "store",
                                                  "exchange",
                                                  "compare_exchange",
                                                  "fetch_add",
                                                  "fetch_sub",
                                                  "fetch_or",
                                                  "fetch_and",
                                                  "lock",
                                                  "try_lock",
                                                  "unlock",
                                                  "wait (condition)",
                                                  "notify (condition)",
                                                  "futex_wait",
                                                  "futex_wake",
                                                  "wait (reactor)",
                                                  "notify (reactor)",
                                                  "join"};

const char* name_of(Op op) noexcept { return kOpNames.at(static_cast<std::size_t>(op)); }

struct Coroutine {
  ucontext_t context{};
  std::unique_ptr<std::byte[]> stack = std::make_unique<std::byte[]>(kStackBytes);
  const char* name = "";
  std::function<void()> body;
  bool is_finished = false;
  bool (*ready)(void*) = nullptr;  // while it waits
  void* argument = nullptr;
  Op op = Op::kNone;  // its next
  const void* object = nullptr;
  void* slot = nullptr;
  std::uint64_t seen_changes = 0;
  unsigned idle_steps = 0;
};

/// A decision with more than one way to go on.
struct Decision {
  unsigned chosen = 0;
  std::uint32_t untried = 0;  // a bit for each thread
};

void** thread_slot = nullptr;

class Execution {
 public:
  explicit Execution(const Options& options) : options_(options) {}
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // ---- the search ----
  void run(const Scenario& scenario);
  [[nodiscard]] bool advance();
  void allow(unsigned preemptions) {
    bound_ = preemptions;
    path_.clear();
  }
  void force(std::vector<unsigned> schedule) {
    forced_ = std::move(schedule);
    is_forced_ = true;
  }
  void trace_to(std::ostream* to) { trace_ = to; }
  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
  [[nodiscard]] std::size_t steps() const { return schedule_.size(); }

  // ---- the running thread ----
  unsigned start(const char* name, std::function<void()> body);
  void step(Op op, const void* object, bool (*ready)(void*), void* argument);
  [[nodiscard]] bool is_finished(unsigned id) const { return threads_[id]->is_finished; }
  void changed() noexcept { ++changes_; }
  [[nodiscard]] bool is_torn(Op op) const noexcept {
    return op == options_.torn && op != Op::kNone;
  }
  [[noreturn]] void fail(const std::string& what);
  [[nodiscard]] bool is_tracing() const noexcept { return trace_ != nullptr; }
  void note_values(std::uint64_t before, std::uint64_t after);

 private:
  static void enter() noexcept;
  void decide();
  [[nodiscard]] std::uint32_t enabled() const;
  [[nodiscard]] unsigned choose(std::uint32_t enabled);
  [[noreturn]] void fail_blocked();
  [[nodiscard]] std::string schedule_text() const;
  void trace_step(const Coroutine& thread);
  [[nodiscard]] unsigned label(const void* object);

  Options options_;
  unsigned bound_ = 0;
  std::vector<Decision> path_;
  std::vector<unsigned> forced_;
  bool is_forced_ = false;
  std::ostream* trace_ = nullptr;

  // of one execution
  ucontext_t explorer_{};
  std::vector<std::unique_ptr<Coroutine>> threads_;
  unsigned current_ = 0;
  unsigned unfinished_ = 0;
  std::size_t depth_ = 0;  // in path_
  unsigned preemptions_ = 0;
  std::uint64_t changes_ = 0;
  std::vector<std::uint8_t> schedule_;  // who went on, at each step
  std::optional<Failure> failure_;
  std::map<const void*, unsigned> labels_;

  std::vector<std::unique_ptr<Coroutine>> pool_;
};

Execution* running = nullptr;

// Threads of executions that failed stay where they were, and what lies on their stacks with them,
// also at the program's exit: their functions refer to what may be gone.
std::vector<std::unique_ptr<Coroutine>>& abandoned() {
  static auto& threads = *new std::vector<std::unique_ptr<Coroutine>>;
  return threads;
}

void Execution::enter() noexcept {
  Execution& self = *running;
  Coroutine& thread = *self.threads_[self.current_];
  thread.body();
  thread.body = nullptr;
  thread.is_finished = true;
  --self.unfinished_;
  self.changed();
  self.decide();
  std::abort();  // nobody chooses a finished thread
}

unsigned Execution::start(const char* name, std::function<void()> body) {
  if (threads_.size() == kMostThreads) fail("a scenario has too many threads");
  if (pool_.empty()) pool_.push_back(std::make_unique<Coroutine>());
  std::unique_ptr<Coroutine> thread = std::move(pool_.back());
  pool_.pop_back();
  thread->name = name;
  thread->body = std::move(body);
  thread->is_finished = false;
  thread->ready = nullptr;
  thread->op = Op::kNone;
  thread->object = nullptr;
  thread->slot = nullptr;
  thread->seen_changes = 0;
  thread->idle_steps = 0;
  ::getcontext(&thread->context);
  thread->context.uc_stack.ss_sp = thread->stack.get();
  thread->context.uc_stack.ss_size = kStackBytes;
  thread->context.uc_link = nullptr;
  ::makecontext(&thread->context, &Execution::enter, 0);
  threads_.push_back(std::move(thread));
  ++unfinished_;
  return static_cast<unsigned>(threads_.size() - 1);
}

void Execution::run(const Scenario& scenario) {
  current_ = 0;
  unfinished_ = 0;
  depth_ = 0;
  preemptions_ = 0;
  changes_ = 0;
  schedule_.clear();
  failure_.reset();
  labels_.clear();
  running = this;
  (void)start("main", scenario);
  ::swapcontext(&explorer_, &threads_[0]->context);
  running = nullptr;
  if (thread_slot != nullptr) *thread_slot = nullptr;
  auto& rest = failure_ ? abandoned() : pool_;
  for (auto& thread : threads_) rest.push_back(std::move(thread));
  threads_.clear();
}

// Sets the path to the next schedule. False: there is none.
bool Execution::advance() {
  while (!path_.empty()) {
    Decision& last = path_.back();
    if (last.untried != 0) {
      last.chosen = static_cast<unsigned>(std::countr_zero(last.untried));
      last.untried &= last.untried - 1;
      return true;
    }
    path_.pop_back();
  }
  return false;
}

std::uint32_t Execution::enabled() const {
  std::uint32_t set = 0;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    const Coroutine& thread = *threads_[i];
    if (thread.is_finished) continue;
    if (thread.ready == nullptr || thread.ready(thread.argument)) set |= 1U << i;
  }
  return set;
}

unsigned Execution::choose(std::uint32_t enabled) {
  const std::size_t index = schedule_.size();
  const bool can_stay = (enabled >> current_ & 1U) != 0;
  unsigned chosen = can_stay ? current_ : static_cast<unsigned>(std::countr_zero(enabled));
  if (is_forced_) {
    if (index < forced_.size()) chosen = forced_[index];
    if (chosen >= threads_.size() || (enabled >> chosen & 1U) == 0) {
      fail("the schedule does not fit the scenario: thread " + std::to_string(chosen) +
           " cannot go on at step " + std::to_string(index));
    }
  } else {
    const std::uint32_t others = enabled & ~(1U << chosen);
    const std::uint32_t untried = can_stay && preemptions_ >= bound_ ? 0 : others;
    if (untried != 0) {
      if (depth_ == path_.size()) path_.push_back({chosen, untried});
      chosen = path_[depth_++].chosen;
      if ((enabled >> chosen & 1U) == 0) fail("the scenario does not run the same way twice");
    }
  }
  if (can_stay && chosen != current_) ++preemptions_;
  return chosen;
}

void Execution::decide() {
  const std::uint32_t can_run = enabled();
  if (can_run == 0) {
    if (unfinished_ != 0) fail_blocked();
    ::setcontext(&explorer_);
  }
  const unsigned next = choose(can_run);
  schedule_.push_back(static_cast<std::uint8_t>(next));
  if (schedule_.size() > kMostSteps) fail("the execution goes on for ever");
  if (next == current_) return;
  Coroutine& from = *threads_[current_];
  Coroutine& to = *threads_[next];
  if (thread_slot != nullptr) {
    from.slot = *thread_slot;
    *thread_slot = to.slot;
  }
  current_ = next;
  ::swapcontext(&from.context, &to.context);
}

void Execution::step(Op op, const void* object, bool (*ready)(void*), void* argument) {
  Coroutine& self = *threads_[current_];
  self.op = op;
  self.object = object;
  self.ready = ready;
  self.argument = argument;
  // Who only looks, again and again, waits for a change.
  if (self.seen_changes != changes_) {
    self.seen_changes = changes_;
    self.idle_steps = 0;
  } else if (++self.idle_steps >= kSpins && ready == nullptr) {
    self.argument = &self;
    self.ready = [](void* thread) {
      return static_cast<Coroutine*>(thread)->seen_changes != running->changes_;
    };
  }
  decide();
  self.ready = nullptr;
  if (trace_ != nullptr) trace_step(self);
}

void Execution::fail_blocked() {
  std::string text = "all threads are blocked:";
  for (const auto& thread : threads_) {
    if (thread->is_finished) continue;
    text += std::string(" ") + thread->name + " in " + name_of(thread->op) + " #" +
            std::to_string(label(thread->object)) + ";";
  }
  text.pop_back();
  fail(text);
}

void Execution::fail(const std::string& what) {
  failure_ = Failure{what, schedule_text(), preemptions_};
  if (trace_ != nullptr) *trace_ << "\n  FAILED: " << what << '\n';
  ::setcontext(&explorer_);
  std::abort();
}

// Who went on for how many steps: "0*12 1*3 0".
std::string Execution::schedule_text() const {
  std::ostringstream text;
  for (std::size_t i = 0; i < schedule_.size();) {
    std::size_t end = i;
    while (end < schedule_.size() && schedule_[end] == schedule_[i]) ++end;
    if (i != 0) text << ' ';
    text << unsigned{schedule_[i]};
    if (end - i != 1) text << '*' << end - i;
    i = end;
  }
  return text.str();
}

unsigned Execution::label(const void* object) {
  return labels_.try_emplace(object, static_cast<unsigned>(labels_.size() + 1)).first->second;
}

void Execution::trace_step(const Coroutine& thread) {
  *trace_ << "\n"
          << std::setw(5) << schedule_.size() << "  " << current_ << ' ' << std::left
          << std::setw(12) << thread.name << std::setw(18) << name_of(thread.op) << " #"
          << label(thread.object) << std::right;
}

void Execution::note_values(std::uint64_t before, std::uint64_t after) {
  *trace_ << std::hex << "  " << before;
  if (before != after) *trace_ << " -> " << after;
  *trace_ << std::dec;
}

std::vector<unsigned> parse(const std::string& schedule) {
  std::vector<unsigned> threads;
  std::istringstream text(schedule);
  for (std::string run; text >> run;) {
    const std::size_t star = run.find('*');
    const unsigned long count = star == std::string::npos ? 1 : std::stoul(run.substr(star + 1));
    threads.insert(threads.end(), count, static_cast<unsigned>(std::stoul(run.substr(0, star))));
  }
  return threads;
}

}  // namespace

Report explore(const Options& options, const Scenario& scenario) {
  Report report;
  Execution execution(options);
  for (unsigned bound = 0; bound <= options.preemptions; ++bound) {
    execution.allow(bound);
    do {
      execution.run(scenario);
      ++report.executions;
      report.most_steps = std::max(report.most_steps, execution.steps());
      if (execution.failure()) {
        report.failure = execution.failure();
        return report;
      }
    } while (execution.advance());
  }
  return report;
}

std::optional<Failure> replay(const Options& options, const std::string& schedule,
                              const Scenario& scenario, std::ostream* trace) {
  Execution execution(options);
  execution.force(parse(schedule));
  execution.trace_to(trace);
  execution.run(scenario);
  if (trace != nullptr) *trace << '\n';
  return execution.failure();
}

Thread::Thread(const char* name, std::function<void()> body)
    : id_(running->start(name, std::move(body))) {}

void Thread::join() {
  block(
      Op::kJoin, this,
      [](void* self) { return running->is_finished(static_cast<Thread*>(self)->id_); }, this);
  id_ = kNone;
}

void check(bool holds, const char* what) {
  if (!holds) running->fail(what);
}

void step(Op op, const void* object) noexcept {
  if (running != nullptr) running->step(op, object, nullptr, nullptr);
}

void block(Op op, const void* object, bool (*ready)(void*), void* argument) noexcept {
  if (running != nullptr) running->step(op, object, ready, argument);
}

void changed() noexcept {
  if (running != nullptr) running->changed();
}

bool is_torn(Op op) noexcept { return running != nullptr && running->is_torn(op); }

bool is_tracing() noexcept { return running != nullptr && running->is_tracing(); }

void note_values(std::uint64_t before, std::uint64_t after) noexcept {
  running->note_values(before, after);
}

void set_thread_slot(void** slot) noexcept { thread_slot = slot; }

}  // namespace twofold::model

// A failed assert in the product's code fails the execution.
extern "C" [[noreturn]] void __assert_fail(const char* assertion, const char* file, unsigned line,
                                           const char*) noexcept {
  const std::string text =
      std::string("assert: ") + assertion + " (" + file + ":" + std::to_string(line) + ")";
  if (twofold::model::running != nullptr) twofold::model::running->fail(text);
  std::fprintf(stderr, "%s\n", text.c_str());
  std::abort();
}
