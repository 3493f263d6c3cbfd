// What servers and load of `http_plaintext` agree on, and how a server reads its requests.
//
// Requests are parsed whole, by llhttp, as a server that is more than a benchmark does; the answer
// is always the same. Peers parse with what their users do (Go's net/http, Node's http, Rust's
// httparse).
#pragma once

#include <llhttp/llhttp.h>

#include <cstddef>
#include <span>
#include <string_view>

#include "protocol/outcome.hpp"

namespace twofold::compare {

inline constexpr std::string_view kPlaintextAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";

/// The requests of one connection, counted as they end.
class PlaintextRequests {
 public:
  PlaintextRequests() {
    llhttp_init(&parser_, HTTP_REQUEST, &settings());
    parser_.data = this;
  }
  PlaintextRequests(const PlaintextRequests&) = delete;
  PlaintextRequests& operator=(const PlaintextRequests&) = delete;

  /// How many requests end in these bytes. Throws CheckFailed where they are none of HTTP. Apart
  /// from the function that calls it, which waits: with segmented stacks it would wait on a large
  /// one.
  [[nodiscard, gnu::noinline]] std::size_t feed(std::span<const char> bytes) {
    completed_ = 0;
    if (llhttp_execute(&parser_, bytes.data(), bytes.size()) != HPE_OK) {
      throw CheckFailed(std::string("a request is no HTTP: ") + llhttp_get_error_reason(&parser_));
    }
    return completed_;
  }

 private:
  static const llhttp_settings_t& settings() {
    static const llhttp_settings_t all = [] {
      llhttp_settings_t made;
      llhttp_settings_init(&made);
      made.on_message_complete = [](llhttp_t* parser) {
        ++static_cast<PlaintextRequests*>(parser->data)->completed_;
        return 0;
      };
      return made;
    }();
    return all;
  }

  llhttp_t parser_;
  std::size_t completed_ = 0;
};

}  // namespace twofold::compare
