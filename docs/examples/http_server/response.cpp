#include "http_server/response.hpp"

namespace http {

std::string_view reason_of(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Unknown";
  }
}

void append_response(std::string& wire, const Response& response, const Request& request,
                     bool is_last) {
  wire += "HTTP/1.1 ";
  wire += std::to_string(response.status);
  wire += ' ';
  wire += reason_of(response.status);
  wire += "\r\nContent-Type: ";
  wire += response.content_type;
  wire += "\r\nContent-Length: ";
  wire += std::to_string(response.body.size());
  if (is_last) {
    wire += "\r\nConnection: close";
  } else if (request.is_http_1_0) {
    wire += "\r\nConnection: keep-alive";
  }
  wire += "\r\n\r\n";
  if (request.method != "HEAD") wire += response.body;
}

}  // namespace http
