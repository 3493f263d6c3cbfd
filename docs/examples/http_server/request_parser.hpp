// RequestParser: HTTP/1.x requests out of the bytes of a connection, by llhttp, Node's parser.
//
// It is fed whatever a read gave, in any pieces, and stops at the end of each request, so that
// pipelined requests come out one by one. It bounds what it keeps: a request whose head or body is
// larger than the limits is an error with the status to answer it with.
//
// Knows nothing of sockets: the fuzz targets use it as the server does.
#pragma once

#include <llhttp/llhttp.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace http {

struct Limits {
  std::size_t head_bytes = 16 * 1024;
  std::size_t fields = 100;
  std::size_t body_bytes = 1024 * 1024;
};

struct Field {
  std::string name;
  std::string value;
};

struct Request {
  std::string method;
  std::string target;
  std::vector<Field> fields;
  std::string body;
  bool is_keep_alive = false;     ///< further requests may follow on the connection
  bool is_http_1_0 = false;       ///< keeping alive has to be said to such a client
  bool expects_continue = false;  ///< sends its body once it was told "100 Continue"

  /// The value of the field of that name, in lower case, or "".
  [[nodiscard]] std::string_view field(std::string_view name) const noexcept;
};

class RequestParser {
 public:
  enum class Event : std::uint8_t {
    kNeedMore,  ///< all bytes were taken and there is no whole request yet
    kHead,      ///< request() has its head, and its client waits to be told to send the body
    kRequest,   ///< request() is whole; the next feed() begins another one
    kError      ///< status() says why; the connection cannot go on
  };
  struct Step {
    Event event = Event::kNeedMore;
    std::size_t consumed = 0;
  };

  explicit RequestParser(const Limits& limits);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Takes bytes up to the next event. Throws std::bad_alloc.
  [[nodiscard, gnu::noinline]] Step feed(std::span<const char> bytes);

  [[nodiscard]] Request& request() noexcept { return request_; }
  /// After kError: the status of HTTP to answer with, such as 400.
  [[nodiscard]] int status() const noexcept { return status_; }
  /// After kError: what is wrong, in a few words.
  [[nodiscard]] const char* reason() const noexcept { return reason_; }
  /// Whether a request has begun and is not whole.
  [[nodiscard]] bool is_in_request() const noexcept { return is_in_request_; }

 private:
  struct Callbacks;

  bool count_head(std::size_t bytes) noexcept;
  int refuse(int status, const char* reason) noexcept;

  Limits limits_;
  llhttp_t parser_;
  Request request_;
  bool is_in_request_ = false;
  bool is_in_head_ = false;
  bool has_name_ = false;  // of the field that is coming, in pieces
  bool wants_pause_ = false;
  std::size_t head_bytes_ = 0;
  int status_ = 0;
  const char* reason_ = "";
};

}  // namespace http
