// The servers with Boost.Asio's coroutines.
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "baselines/asio/asio.hpp"
#include "protocol/checksum.hpp"
#include "protocol/plaintext.hpp"

namespace twofold::compare {
namespace {

using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;
using Clock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;

constexpr std::size_t kBufferBytes = 16 * 1024;
constexpr std::size_t kIdleBufferBytes = 1024;

// Errors as values: the end of a stream is no exception.
constexpr auto kUseTuple = asio::as_tuple(kUseTask);

template <std::size_t kBytes>
Task<void> echo(Socket socket, std::uint64_t& bytes_echoed) {
  std::array<char, kBytes> buffer;
  while (true) {
    const auto [read_error, n] = co_await socket.async_read_some(asio::buffer(buffer), kUseTuple);
    if (read_error) {
      co_return;
    }
    const auto [write_error, written] =
        co_await asio::async_write(socket, asio::buffer(buffer, n), kUseTuple);
    bytes_echoed += written;
    if (write_error) {
      co_return;
    }
  }
}

Task<void> answer_requests(Socket socket, std::uint64_t& answered) {
  std::array<char, kBufferBytes> buffer;
  PlaintextRequests requests;
  std::string answers;
  while (true) {
    const auto [read_error, n] = co_await socket.async_read_some(asio::buffer(buffer), kUseTuple);
    if (read_error) {
      co_return;
    }
    const std::size_t count = requests.feed(std::span(buffer).first(n));
    answers.clear();
    for (std::size_t i = 0; i < count; ++i) {
      answers += kPlaintextAnswer;
    }
    const auto [write_error, written] =
        co_await asio::async_write(socket, asio::buffer(answers), kUseTuple);
    if (write_error) {
      co_return;
    }
    answered += count;
  }
}

Task<void> read_to_end(Socket socket, std::uint64_t& sum_of_hashes) {
  std::array<char, kBufferBytes> buffer;
  std::string stream;
  while (true) {
    const auto [error, n] = co_await socket.async_read_some(asio::buffer(buffer), kUseTuple);
    stream.append(buffer.data(), n);
    if (error == asio::error::eof) {
      break;
    }
    if (error) {
      co_return;
    }
  }
  const std::uint64_t hash = fnv1a(stream);
  const auto answer = to_little_endian(hash);
  const auto [error, written] = co_await asio::async_write(socket, asio::buffer(answer), kUseTuple);
  if (!error) {
    sum_of_hashes += hash;
  }
}

bool is_shortage(const error_code& error) {
  return error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
         error == asio::error::no_memory ||
         error == boost::system::errc::too_many_files_open_in_system;
}

// Accepts as many connections as are expected and starts `serve_one` for each. What runs out comes
// back when connections close, so it waits a little and asks again.
Task<void> accept_all(Acceptor& acceptor, std::uint64_t expected,
                      Task<void> (*serve_one)(Socket, std::uint64_t&), std::uint64_t& checksum) {
  const Executor executor = acceptor.get_executor();
  for (std::uint64_t accepted = 0; accepted < expected;) {
    Socket socket(executor);
    const auto [error] = co_await acceptor.async_accept(socket, kUseTuple);
    if (is_shortage(error)) {
      Timer pause(executor, std::chrono::milliseconds(5));
      co_await pause.async_wait(kUseTask);
      continue;
    }
    if (error) {
      throw boost::system::system_error(error, "accepting a connection");
    }
    error_code ignored;
    socket.set_option(Tcp::no_delay(true), ignored);
    ++accepted;
    asio::co_spawn(executor, serve_one(std::move(socket), checksum), asio::detached);
  }
}

std::uint64_t serve(const Params& params, Task<void> (*serve_one)(Socket, std::uint64_t&),
                    Output& output) {
  SingleThread thread(params);
  Acceptor acceptor(thread.context(), Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  output.listening(acceptor.local_endpoint().port());
  std::uint64_t checksum = 0;
  thread.run(accept_all(acceptor, static_cast<std::uint64_t>(params.get("connections")), serve_one,
                        checksum));
  return checksum;
}

}  // namespace

namespace {

void serve_with(Task<void> (*serve_one)(Socket, std::uint64_t&), const Params& params,
                Output& output) {
  const std::uint64_t checksum = serve(params, serve_one, output);
  output.check_ok(checksum, static_cast<std::uint64_t>(params.get("connections")));
}

}  // namespace

void serve_echo(const Params& params, Output& output) {
  serve_with(echo<kBufferBytes>, params, output);
}

void serve_idle_connections(const Params& params, Output& output) {
  serve_with(echo<kIdleBufferBytes>, params, output);
}

void serve_read_to_end(const Params& params, Output& output) {
  serve_with(read_to_end, params, output);
}

void serve_http_plaintext(const Params& params, Output& output) {
  serve_with(answer_requests, params, output);
}

}  // namespace twofold::compare
