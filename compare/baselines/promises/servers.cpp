// `echo` and `read_to_end` with promises.
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "baselines/promises/event_loop.hpp"
#include "baselines/promises/workloads.hpp"
#include "protocol/checksum.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

using Done = std::optional<std::uint64_t>;

// What the reactions of one connection share; gone with the last of them.
struct Connection {
  Connection(PromiseLoop& its_loop, int its_socket) : loop(its_loop), socket(its_socket) {
    loop.add(socket.get());
  }
  ~Connection() { loop.forget(socket.get()); }

  PromiseLoop& loop;
  Descriptor socket;
  std::array<char, 16 * 1024> buffer;
  std::uint64_t total = 0;
  std::string text;
};

Promise<std::uint64_t> echo(const std::shared_ptr<Connection>& connection) {
  return repeat([connection] {
    return read(connection->loop, connection->socket.get(), connection->buffer)
        .then([connection](std::size_t n) {
          if (n == 0) {
            return Promise<Done>::resolved(connection->total);
          }
          return write_all(connection->loop, connection->socket.get(),
                           std::span(connection->buffer).first(n))
              .then([connection, n](Nothing) {
                connection->total += n;
                return Done();
              });
        });
  });
}

// ---- the case study: read a stream to its end, answer with its hash ----

Promise<std::uint64_t> read_to_end(const std::shared_ptr<Connection>& connection) {
  return repeat([connection] {
           return read(connection->loop, connection->socket.get(), connection->buffer)
               .then([connection](std::size_t n) {
                 connection->text.append(connection->buffer.data(), n);
                 return n == 0 ? Done(fnv1a(connection->text)) : Done();
               });
         })
      .then([connection](std::uint64_t hash) {
        const auto answer = to_little_endian(hash);
        connection->text.assign(answer.data(), answer.size());
        return write_all(connection->loop, connection->socket.get(), connection->text)
            .then([connection, hash](Nothing) { return hash; });
      });
}

Promise<int> accept(PromiseLoop& loop, int listener) {
  const int socket = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket >= 0) {
    set_no_delay(socket);
    return Promise<int>::resolved(socket);
  }
  if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
    throw Capped(errno == EMFILE ? "the limit of open descriptors (RLIMIT_NOFILE)"
                                 : "the machine's descriptors or memory");
  }
  return loop.readable(listener).then(
      [&loop, listener](Nothing) { return accept(loop, listener); });
}

void serve_with(Promise<std::uint64_t> (*serve_one)(const std::shared_ptr<Connection>&),
                const Params& params, Output& output) {
  if (params.workers() != 1) {
    throw Unsupported("promises run on one thread");
  }
  const auto connections = static_cast<std::size_t>(params.get("connections"));
  const Listener listener = listen_on_loopback(true);
  PromiseLoop loop;
  loop.add(listener.socket.get());
  output.listening(listener.port);
  std::vector<Promise<std::uint64_t>> serving;
  const auto accepted = repeat([&] {
    return accept(loop, listener.socket.get()).then([&](int socket) {
      serving.push_back(serve_one(std::make_shared<Connection>(loop, socket)));
      return serving.size() == connections ? Done(0) : Done();
    });
  });
  (void)loop.run(accepted);
  std::uint64_t checksum = 0;
  for (const Promise<std::uint64_t>& one : serving) {
    checksum += loop.run(one);
  }
  output.check_ok(checksum, connections);
}

}  // namespace

void serve_echo(const Params& params, Output& output) { serve_with(echo, params, output); }

void serve_read_to_end(const Params& params, Output& output) {
  serve_with(read_to_end, params, output);
}

}  // namespace twofold::compare
