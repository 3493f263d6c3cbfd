// service: what the services of this folder have in common: accepting, a bound on connections, and
// the orderly end.
//
// The end, on SIGTERM or SIGINT: the listener closes, every connection is told (Stopping) and
// finishes what it is at; whoever is not done after the grace time is cut off. A second signal cuts
// off at once.
#pragma once

#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <twofold/twofold.hpp>
#include <utility>

#include "service/command_line.hpp"

namespace service {

/// How a connection learns that the service ends. Copied into each connection's task.
class Stopping {
 public:
  explicit Stopping(twofold::WatchReceiver<bool> stopping) : stopping_(std::move(stopping)) {}

  /// A future that is ready when the service begins to end; for one select at a time.
  [[nodiscard]] auto begun() noexcept { return stopping_.changed(); }
  [[nodiscard]] bool has_begun() { return *stopping_.snapshot(); }

 private:
  twofold::WatchReceiver<bool> stopping_;
};

struct Options {
  std::string address = "127.0.0.1:0";
  std::size_t workers = 1;
  std::size_t connections = 20'000;  ///< at a time; others wait in the kernel's queue
  std::chrono::milliseconds grace{5'000};

  /// Takes those that every service has from the command line.
  static Options from(CommandLine& line) {
    Options options;
    options.address = line.text("--listen", options.address);
    options.workers = line.number("--workers", options.workers);
    options.connections = line.number("--connections", options.connections);
    options.grace = line.milliseconds("--grace-ms", options.grace);
    return options;
  }
};

namespace detail {

// What all connections of a service share. Outlives their tasks, which may be cut off.
struct Shared {
  explicit Shared(std::size_t connections) : places(connections) {}

  twofold::Semaphore places;
  std::atomic<std::uint64_t> served{0};
  std::atomic<std::uint64_t> failed{0};  // ended by an error: a reset, a deadline
  std::atomic<std::uint64_t> open{0};
};

// One connection: its errors end its own task, not the service.
template <class Handler>
TF_ASYNC(void)
serve_client(Handler& handler, twofold::TcpStream stream, Stopping stopping,
             [[maybe_unused]] twofold::SemaphorePermit place, Shared& shared) {
  struct Open {
    Shared& shared;
    ~Open() { --shared.open; }
  } const open{shared};
  try {
    TF_AWAIT(handler.serve(std::move(stream), std::move(stopping)));
    ++shared.served;
  } catch (const std::exception&) {
    ++shared.failed;
  }
  TF_RETURN;
}

template <class Handler>
TF_ASYNC(void)
accept_clients(Handler& handler, twofold::TcpListener& listener, twofold::TaskGroup& clients,
               const Stopping& stopping, Shared& shared) {
  constexpr std::chrono::milliseconds kPause{10};
  while (true) {
    twofold::SemaphorePermit place = TF_AWAIT(shared.places.acquire());
    twofold::TcpStream stream = TF_AWAIT(listener.accept());
    ++shared.open;
    bool is_short = false;
    try {
      clients.spawn(serve_client<Handler>, std::ref(handler), std::move(stream), stopping,
                    std::move(place), std::ref(shared));
    } catch (const std::exception&) {  // out of memory or of stacks: this one is shed
      is_short = true;
      --shared.open;
      ++shared.failed;
    }
    if (is_short) TF_AWAIT(twofold::sleep(kPause));
  }
  TF_RETURN;
}

template <class Handler>
TF_ASYNC(void)
run(Handler& handler, const Options& options, Shared& shared) {
  std::optional<twofold::TcpListener> listener = twofold::TcpListener::bind(options.address);
  std::printf("listening on %s\n", listener->local_address().to_string().c_str());
  std::fflush(stdout);

  auto [stop, watching] = twofold::watch(false);
  const Stopping stopping(watching);
  twofold::TaskGroup clients;
  // The signals first: they have their descriptors before connections take them all.
  TF_AWAIT(twofold::select(
      twofold::signal(SIGTERM), twofold::signal(SIGINT),
      twofold::async(accept_clients<Handler>, std::ref(handler), std::ref(*listener),
                     std::ref(clients), std::cref(stopping), std::ref(shared))));

  listener.reset();
  stop.send(true);
  const auto ended = TF_AWAIT(twofold::timeout(
      options.grace,
      twofold::select(clients.join(), twofold::signal(SIGTERM), twofold::signal(SIGINT))));
  const bool is_drained = ended && ended->index() == 0;
  std::printf("%s: %llu connections served, %llu failed, %llu cut off\n",
              is_drained ? "drained" : (ended ? "forced" : "out of time"),
              static_cast<unsigned long long>(shared.served),
              static_cast<unsigned long long>(shared.failed),
              static_cast<unsigned long long>(shared.open));
  std::fflush(stdout);
  TF_RETURN;
}

}  // namespace detail

/// Serves with `handler` until a signal ends it. `handler.serve(stream, stopping)` is an async
/// function that serves one connection, on any of the workers. Throws std::system_error where the
/// address is not to be had.
template <class Handler>
void run(Handler& handler, const Options& options) {
  detail::Shared shared(options.connections);
  twofold::Runtime runtime({.workers = options.workers});  // ends, with all tasks, before the rest
  runtime.block_on(detail::run<Handler>, std::ref(handler), std::cref(options), std::ref(shared));
}

/// main() of a service: `serve(line)` reads its options and runs. Exit status 0 after an orderly
/// end, 2 for a wrong command line, 1 otherwise.
template <class Serve>
int main(const char* name, const char* usage, int argc, char** argv, Serve serve) {
  try {
    CommandLine line(argc, argv);
    serve(line);
    return 0;
  } catch (const UsageError& error) {
    std::fprintf(stderr, "%s: %s\n%s", name, error.what(), usage);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name, error.what());
    return 1;
  }
}

}  // namespace service
