// A program that a seed makes up: tasks that do a bit of everything, and the trace of what they
// see.
//
// Used to compare the two runtimes with one another, and a run with its repetition. What a task
// does next comes from a sequence of its own, so the program is the same however its tasks
// interleave; how they interleave comes from the runtime's seed.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <twofold/twofold.hpp>
#include <vector>

#include "twofold/detail/seeded_random.hpp"

namespace twofold::test {

/// What happened, in order.
class Trace {
 public:
  void add(unsigned actor, const std::string& event) {
    const detail::Nanoseconds now = detail::current_executor()->now();
    lines_.push_back(std::to_string(now) + " #" +
                     std::to_string(static_cast<std::uint64_t>(this_task::id())) + " actor " +
                     std::to_string(actor) + ": " + event);
  }
  [[nodiscard]] const std::vector<std::string>& lines() const noexcept { return lines_; }
  /// FNV-1a over all lines.
  [[nodiscard]] std::uint64_t digest() const noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const std::string& line : lines_) {
      for (const char c : line) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
      hash = (hash ^ '\n') * 0x100000001b3;
    }
    return hash;
  }

 private:
  std::vector<std::string> lines_;
};

/// Writes when it is destroyed: what cancelling does, and in which order.
class Farewell {
 public:
  Farewell(Trace& trace, unsigned actor, const char* what) noexcept
      : trace_(&trace), actor_(actor), what_(what) {}
  Farewell(const Farewell&) = delete;
  Farewell& operator=(const Farewell&) = delete;
  ~Farewell() { trace_->add(actor_, std::string("leaves ") + what_); }

 private:
  Trace* trace_;
  unsigned actor_;
  const char* what_;
};

constexpr unsigned kActors = 6;
constexpr unsigned kSteps = 12;
constexpr const char* kServer = "10.0.0.1:7";

/// What the actors share.
struct World {
  explicit World(std::uint64_t s) : seed(s) {
    for (unsigned i = 0; i < kActors; ++i) {
      auto [tx, rx] = channel<int>(i % 3);
      senders.push_back(std::move(tx));
      receivers.push_back(std::move(rx));
    }
  }
  std::uint64_t seed;
  Trace trace;
  std::vector<Sender<int>> senders;
  std::vector<Receiver<int>> receivers;
  Mutex mutex;
  Semaphore semaphore{2};
  Notify notify;
};

using Random = detail::SeededRandom;
using std::chrono::microseconds;

inline microseconds some_time(Random& random) { return microseconds(random.below(2000)); }

inline TF_ASYNC(void) send_somewhere(World& world, unsigned self, Random& random) {
  const auto to = static_cast<unsigned>(random.below(kActors));
  const int value = static_cast<int>(random.below(1000));
  const std::optional<bool> sent =
      TF_AWAIT(timeout(some_time(random), world.senders[to].send(value)));
  world.trace.add(self, "send " + std::to_string(value) + " to " + std::to_string(to) +
                            (!sent   ? " timed out"
                             : *sent ? " done"
                                     : " refused"));
  TF_RETURN;
}

inline TF_ASYNC(void) receive(World& world, unsigned self, Random& random) {
  auto won = TF_AWAIT(select(world.receivers[self].recv(), sleep(some_time(random))));
  if (won.index() == 1) {
    world.trace.add(self, "nothing came");
  } else {
    const std::optional<int>& value = std::get<0>(won);
    world.trace.add(self, value ? "received " + std::to_string(*value) : "channel closed");
  }
  TF_RETURN;
}

inline TF_ASYNC(void) lock_for_a_while(World& world, unsigned self, Random& random) {
  const MutexGuard guard = TF_AWAIT(world.mutex.lock());
  world.trace.add(self, "has the mutex");
  TF_AWAIT(sleep(some_time(random)));
  world.trace.add(self, "unlocks");
  TF_RETURN;
}

inline TF_ASYNC(void) take_permits(World& world, unsigned self, Random& random) {
  const auto wanted = static_cast<std::size_t>(1 + random.below(2));
  auto permits = TF_AWAIT(timeout(some_time(random), world.semaphore.acquire(wanted)));
  world.trace.add(self, permits ? "has permits" : "no permits in time");
  if (permits) TF_AWAIT(yield_now());
  TF_RETURN;
}

inline TF_ASYNC(int) descend(World& world, unsigned self, int depth) {
  const Farewell farewell(world.trace, self, "a call");
  if (depth == 0) {
    TF_AWAIT(sleep(microseconds(700)));
    TF_RETURN 1;
  }
  const int below = TF_AWAIT(descend(world, self, depth - 1));
  TF_RETURN below + 1;
}

// A child that is awaited, or aborted after a while.
inline TF_ASYNC(void) have_a_child(World& world, unsigned self, Random& random) {
  auto child = spawn(descend, std::ref(world), self, static_cast<int>(random.below(4)));
  const bool aborts = random.below(2) == 0;
  if (aborts) {
    TF_AWAIT(sleep(some_time(random)));
    child.abort();
    world.trace.add(self, "aborts its child");
  }
  std::string end = "?";
  try {
    end = "child gave " + std::to_string(TF_AWAIT(child));
  } catch (const TaskAborted&) {
    end = "child was aborted";
  }
  world.trace.add(self, end);
  TF_RETURN;
}

inline TF_ASYNC(void) join_two(World& world, unsigned self, Random& random) {
  auto both = TF_AWAIT(join(async(descend, std::ref(world), self, 1), sleep(some_time(random))));
  world.trace.add(self, "joined " + std::to_string(std::get<0>(both)));
  TF_RETURN;
}

inline TF_ASYNC(void) notify_or_wait(World& world, unsigned self, Random& random) {
  if (random.below(2) == 0) {
    world.notify.notify_one();
    world.trace.add(self, "notifies");
    TF_RETURN;
  }
  const auto told = TF_AWAIT(timeout(some_time(random), world.notify.notified()));
  world.trace.add(self, told ? "was notified" : "was not notified");
  TF_RETURN;
}

inline TF_ASYNC(std::string) ask_server(std::string question) {
  TcpStream stream = TF_AWAIT(TcpStream::connect(kServer));
  TF_AWAIT(stream.write_all(question));
  stream.shutdown();
  std::string answer;
  TF_AWAIT(stream.read_to_end(answer));
  TF_RETURN answer;
}

inline TF_ASYNC(void) use_the_network(World& world, unsigned self, Random& random) {
  const std::string question(1 + random.below(3000), static_cast<char>('a' + self));
  std::string end;
  try {
    const auto answer = TF_AWAIT(timeout(microseconds(20'000), async(ask_server, question)));
    end = !answer ? "no answer in time" : *answer == question ? "right answer" : "wrong answer";
  } catch (const std::system_error& error) {
    end = "network: " + std::to_string(error.code().value());
  }
  world.trace.add(self, end);
  TF_RETURN;
}

inline TF_ASYNC(void) act(World& world, unsigned self) {
  Random random(world.seed, 100 + self);
  const Farewell farewell(world.trace, self, "the stage");
  for (unsigned step = 0; step < kSteps; ++step) {
    switch (random.below(10)) {
      case 0:
        TF_AWAIT(sleep(some_time(random)));
        world.trace.add(self, "slept");
        break;
      case 1:
        TF_AWAIT(yield_now());
        world.trace.add(self, "yielded");
        break;
      case 2:
        TF_AWAIT(send_somewhere(world, self, random));
        break;
      case 3:
        TF_AWAIT(receive(world, self, random));
        break;
      case 4:
        TF_AWAIT(lock_for_a_while(world, self, random));
        break;
      case 5:
        TF_AWAIT(take_permits(world, self, random));
        break;
      case 6:
        TF_AWAIT(have_a_child(world, self, random));
        break;
      case 7:
        TF_AWAIT(join_two(world, self, random));
        break;
      case 8:
        TF_AWAIT(notify_or_wait(world, self, random));
        break;
      default:
        TF_AWAIT(use_the_network(world, self, random));
        break;
    }
  }
  TF_RETURN;
}

inline TF_ASYNC(void) echo(World& world, TcpStream stream) {
  std::array<std::byte, 512> buffer;
  std::size_t total = 0;
  std::string end;
  try {
    while (std::size_t n = TF_AWAIT(stream.read(buffer))) {
      TF_AWAIT(stream.write_all(std::span(buffer).first(n)));
      total += n;
    }
    end = "echoed " + std::to_string(total);
  } catch (const std::system_error& error) {
    end = "connection: " + std::to_string(error.code().value());
  }
  world.trace.add(99, end);
  TF_RETURN;
}

inline TF_ASYNC(void) serve(World& world) {
  const Farewell farewell(world.trace, 99, "the server");
  TcpListener listener = TcpListener::bind(kServer);
  for (;;) {
    TcpStream stream = TF_AWAIT(listener.accept());
    world.trace.add(99, "accepted " + stream.peer_address().to_string());
    spawn(echo, std::ref(world), std::move(stream));
  }
  TF_RETURN;
}

inline TF_ASYNC(void) play(World& world) {
  auto server = spawn(serve, std::ref(world));
  std::vector<JoinHandle<void>> actors;
  for (unsigned i = 0; i < kActors; ++i) actors.push_back(spawn(act, std::ref(world), i));
  for (auto& actor : actors) TF_AWAIT(actor);
  server.abort();
  while (!server.is_finished()) TF_AWAIT(yield_now());
  TF_RETURN;
}

/// Runs the program of `seed`, and gives its trace.
inline Trace run_program(std::uint64_t seed) {
  World world(seed);
  Runtime runtime(
      {.seed = seed, .network = Network::in_memory, .network_faults = {.resets_per_mille = 10}});
  runtime.block_on(play, std::ref(world));
  return std::move(world.trace);
}

}  // namespace twofold::test
