// How the `asio` baseline uses Boost.Asio: one thread, no locks, the concrete executor.
//
// The type-erased any_io_executor that is Asio's default costs an allocation or an indirect call at
// each step; its documentation shows the concrete one for programs that know theirs, as this one
// does.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "protocol/outcome.hpp"
#include "protocol/output.hpp"
#include "protocol/params.hpp"

namespace twofold::compare {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;

template <class T>
using Task = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> kUseTask;

// An io_context that only the calling thread uses.
class SingleThread {
 public:
  // Throws Unsupported unless the sample asks for one worker.
  explicit SingleThread(const Params& params) {
    if (params.workers() != 1) {
      throw Unsupported("the asio baseline runs on one worker");
    }
  }

  [[nodiscard]] asio::io_context& context() { return context_; }

  // Runs `main` and all that it started to the end; rethrows what `main` threw.
  void run(Task<void> main) {
    std::exception_ptr failure;
    asio::co_spawn(context_, std::move(main),
                   [&failure](std::exception_ptr error) { failure = std::move(error); });
    context_.run();
    if (failure) {
      std::rethrow_exception(failure);
    }
  }

 private:
  asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
};

void run_yield(const Params& params, Output& output);
void run_spawn_join(const Params& params, Output& output);
void run_ping_pong(const Params& params, Output& output);
void run_deep_await(const Params& params, Output& output);
void run_sleepers(const Params& params, Output& output);
void serve_echo(const Params& params, Output& output);
void run_spawn_many(const Params& params, Output& output);
void run_yield_many(const Params& params, Output& output);
void run_oneshot_ping_pong(const Params& params, Output& output);
void run_chained_spawn(const Params& params, Output& output);
void serve_http_plaintext(const Params& params, Output& output);
void serve_idle_connections(const Params& params, Output& output);
void serve_read_to_end(const Params& params, Output& output);

}  // namespace twofold::compare
