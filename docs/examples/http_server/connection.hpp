// Server: one connection of HTTP/1.1 after another: keep-alive, pipelining, limits, the orderly
// end.
//
// Answers to pipelined requests are gathered and sent together. Every wait has an end: for the next
// request, for the rest of one, for a client that does not read.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <twofold/twofold.hpp>
#include <utility>

#include "http_server/request_parser.hpp"
#include "http_server/response.hpp"
#include "service/service.hpp"

namespace http {

struct ServerOptions {
  Limits limits;
  std::chrono::milliseconds idle{10'000};     ///< between two requests
  std::chrono::milliseconds request{10'000};  ///< from a request's first byte to its last
  std::chrono::milliseconds write{10'000};    ///< for the client to take what was written
};

/// What is answered: a plain function, since it computes and does not wait.
using Handler = std::function<Response(Request&)>;

class Server {
 public:
  Server(ServerOptions options, Handler handler)
      : options_(options), handler_(std::move(handler)) {}

  /// Serves one connection to its end. Throws std::system_error where it breaks, std::runtime_error
  /// where the client takes too long to read.
  TF_ASYNC(void) serve(twofold::TcpStream stream, service::Stopping stopping) {
    RequestParser parser(options_.limits);
    std::array<char, 16 * 1024> buffer;
    std::string wire;  // answers that were not sent yet
    Clock::time_point begun{};
    while (true) {
      const std::optional<std::size_t> n =
          TF_AWAIT(read_some(stream, parser, stopping, begun, buffer));
      if (!n) {  // too slow, or the service ends
        if (parser.is_in_request()) {
          append_error(wire, 408, "the request took too long");
          TF_AWAIT(send_last(stream, wire));
        }
        TF_RETURN;
      }
      if (*n == 0) TF_RETURN;
      bool is_last = false;
      for (auto rest = std::span<const char>(buffer).first(*n); !rest.empty() && !is_last;) {
        if (!parser.is_in_request()) begun = Clock::now();
        const RequestParser::Step step = parser.feed(rest);
        rest = rest.subspan(step.consumed);
        switch (step.event) {
          case RequestParser::Event::kNeedMore:
            break;
          case RequestParser::Event::kHead:
            wire += "HTTP/1.1 100 Continue\r\n\r\n";
            break;
          case RequestParser::Event::kRequest:
            is_last = !parser.request().is_keep_alive || stopping.has_begun();
            append_response(wire, handler_(parser.request()), parser.request(), is_last);
            break;
          case RequestParser::Event::kError:
            is_last = true;
            append_error(wire, parser.status(), parser.reason());
            break;
        }
        if (wire.size() >= kGathered) TF_AWAIT(send(stream, wire));
      }
      if (is_last) {
        TF_AWAIT(send_last(stream, wire));
        TF_RETURN;
      }
      if (!wire.empty()) TF_AWAIT(send(stream, wire));
    }
    TF_RETURN;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kGathered = 64 * 1024;  // answers sent at once
  static constexpr std::chrono::milliseconds kLingering{1'000};

  // Nothing: the time is up, or the service ends and no request is under way.
  TF_ASYNC(std::optional<std::size_t>)
  read_some(twofold::TcpStream& stream, const RequestParser& parser, service::Stopping& stopping,
            Clock::time_point begun, std::span<char> buffer) {
    if (parser.is_in_request()) {
      TF_RETURN TF_AWAIT(
          twofold::timeout(begun + options_.request - Clock::now(), stream.read(buffer)));
    }
    auto event = TF_AWAIT(
        twofold::timeout(options_.idle, twofold::select(stream.read(buffer), stopping.begun())));
    if (!event || event->index() == 1) TF_RETURN std::nullopt;
    TF_RETURN std::get<0>(*event);
  }

  TF_ASYNC(void) send(twofold::TcpStream& stream, std::string& wire) {
    const auto sent = TF_AWAIT(twofold::timeout(options_.write, stream.write_all(wire)));
    if (!sent) throw std::runtime_error("the client does not read");
    wire.clear();
    TF_RETURN;
  }

  // Closing with unread bytes would be a reset, which may overtake the answer: so it says that it
  // is done and reads on for a moment (RFC 9112, 9.6).
  TF_ASYNC(void) send_last(twofold::TcpStream& stream, std::string& wire) {
    TF_AWAIT(send(stream, wire));
    stream.shutdown();
    std::array<char, 1024> dropped;
    const Clock::time_point end = Clock::now() + kLingering;
    while (true) {
      const auto n = TF_AWAIT(twofold::timeout(end - Clock::now(), stream.read(dropped)));
      if (n.value_or(0) == 0) TF_RETURN;
    }
    TF_RETURN;
  }

  static void append_error(std::string& wire, int status, const char* reason) {
    append_response(wire, {.status = status, .body = std::string(reason) + "\n"}, Request(), true);
  }

  ServerOptions options_;
  Handler handler_;
};

}  // namespace http
