// Response, and how it is written to the wire.
#pragma once

#include <string>
#include <string_view>

#include "http_server/request_parser.hpp"

namespace http {

struct Response {
  int status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
};

[[nodiscard]] std::string_view reason_of(int status) noexcept;

/// Appends the response to `wire`. `is_last`: the connection closes behind it. Throws
/// std::bad_alloc.
void append_response(std::string& wire, const Response& response, const Request& request,
                     bool is_last);

}  // namespace http
