// `echo` and `read_to_end` by combinators.
//
// What local variables are to a coroutine is here an object on the heap, shared by every step: the
// stream and the buffer must stay where they are while futures refer to them, and no step outlives
// the others for certain.
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <twofold/twofold.hpp>
#include <vector>

#include "baselines/combinators/loop.hpp"
#include "baselines/combinators/workloads.hpp"
#include "protocol/checksum.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

using Done = std::optional<std::uint64_t>;

struct EchoConnection {
  // Leaves the buffer as it is.
  explicit EchoConnection(TcpStream accepted) : stream(std::move(accepted)) {}
  TcpStream stream;
  std::uint64_t total = 0;
  std::array<std::byte, std::size_t{16} * 1024> buffer;
};

auto write_back(const std::shared_ptr<EchoConnection>& connection, std::size_t n) {
  return connection->stream.write_all(std::span(connection->buffer).first(n)) |
         map([connection, n] {
           connection->total += n;
           return Done();
         });
}

auto echo(TcpStream stream) {
  const auto connection = std::make_shared<EchoConnection>(std::move(stream));
  return Loop([connection] {
    return connection->stream.read(connection->buffer) | and_then([connection](std::size_t n) {
             using Step = Either<decltype(ready(Done())), decltype(write_back(connection, n))>;
             return n == 0 ? Step(std::in_place_index<0>, ready(Done(connection->total)))
                           : Step(std::in_place_index<1>, write_back(connection, n));
           });
  });
}

// ---- the case study: read a stream to its end, answer with its hash ----

struct ReadConnection {
  TcpStream stream;
  std::string text;
  std::array<char, 8> hash{};
};

auto read_to_end(TcpStream stream) {
  const auto connection = std::make_shared<ReadConnection>(std::move(stream));
  return connection->stream.read_to_end(connection->text) | and_then([connection](std::size_t) {
           const std::uint64_t hash = fnv1a(connection->text);
           connection->hash = to_little_endian(hash);
           return connection->stream.write_all(connection->hash) |
                  map([connection, hash] { return hash; });
         });
}

// Accepts as many as are expected, and joins them all.
template <class ServeOne>
std::uint64_t serve(const Params& params, Output& output, ServeOne serve_one) {
  if (params.workers() != 1) {
    throw Unsupported("the combinators baseline runs on one worker");
  }
  const auto connections = static_cast<std::size_t>(params.get("connections"));
  std::vector<JoinHandle<std::uint64_t>> tasks;
  tasks.reserve(connections);
  auto listener = TcpListener::bind("127.0.0.1:0");
  output.listening(listener.local_address().port());
  Runtime runtime;
  return runtime.block_on(Loop([&] {
                            return listener.accept() | map([&](TcpStream stream) {
                                     tasks.push_back(spawn(serve_one(std::move(stream))));
                                     return tasks.size() == connections ? Done(0) : Done();
                                   });
                          }) |
                          and_then([&](std::uint64_t) {
                            return Loop(
                                [&tasks, next = std::size_t{0}, sum = std::uint64_t{0}]() mutable {
                                  return std::move(tasks[next]) | map([&](std::uint64_t part) {
                                           sum += part;
                                           return ++next == tasks.size() ? Done(sum) : Done();
                                         });
                                });
                          }));
}

void serve_with(auto serve_one, const Params& params, Output& output) {
  const std::uint64_t checksum = serve(params, output, serve_one);
  output.check_ok(checksum, static_cast<std::uint64_t>(params.get("connections")));
}

}  // namespace

void serve_echo(const Params& params, Output& output) {
  serve_with([](TcpStream stream) { return echo(std::move(stream)); }, params, output);
}

void serve_read_to_end(const Params& params, Output& output) {
  serve_with([](TcpStream stream) { return read_to_end(std::move(stream)); }, params, output);
}

}  // namespace twofold::compare
