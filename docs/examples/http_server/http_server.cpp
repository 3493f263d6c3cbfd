// http_server: an HTTP/1.1 server with a page or two, to be spoken to by any client.
//
//     http_server [--listen 127.0.0.1:8080] [--workers 1] ...      see kUsage
//
//     GET  /             Hello, World!
//     GET  /bytes/N      N bytes of text, at most 16 MiB
//     POST /echo         the body that was sent
#include <charconv>
#include <string>
#include <string_view>

#include "http_server/connection.hpp"
#include "service/service.hpp"

namespace {

constexpr const char* kUsage =
    "usage: http_server [options]\n"
    "  --listen ADDRESS      where to listen; port 0 lets the system choose (127.0.0.1:0)\n"
    "  --workers N           threads; 0: one for each core (1)\n"
    "  --connections N       at a time; more wait (20000)\n"
    "  --head-limit BYTES    of a request's head (16384)\n"
    "  --body-limit BYTES    of a request's body (1048576)\n"
    "  --idle-ms MS          how long a connection may wait for its next request (10000)\n"
    "  --request-ms MS       how long a request may take to arrive (10000)\n"
    "  --write-ms MS         how long a client may take to read what was written (10000)\n"
    "  --grace-ms MS         how long connections may take to end after SIGTERM (5000)\n";

http::Response bytes_of(std::string_view count) {
  constexpr std::size_t kMost = 16 << 20;
  std::size_t bytes = 0;
  const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), bytes);
  if (error != std::errc{} || end != count.data() + count.size() || bytes > kMost) {
    return {.status = 400, .body = "a number of bytes up to 16777216 is wanted\n"};
  }
  http::Response response{.body = std::string(bytes, '\0')};
  for (std::size_t i = 0; i < bytes; ++i) response.body[i] = static_cast<char>('a' + i % 26);
  return response;
}

http::Response answer(http::Request& request) {
  const std::string_view target = request.target;
  const bool is_reading = request.method == "GET" || request.method == "HEAD";
  if (target == "/echo") {
    if (is_reading) return {.status = 405, .body = "send a body to have it back\n"};
    return {.content_type = "application/octet-stream", .body = std::move(request.body)};
  }
  if (!is_reading) return {.status = 405, .body = "only /echo takes a body\n"};
  if (target == "/") return {.body = "Hello, World!"};
  constexpr std::string_view kBytes = "/bytes/";
  if (target.starts_with(kBytes)) return bytes_of(target.substr(kBytes.size()));
  return {.status = 404, .body = "there is nothing here\n"};
}

void serve(service::CommandLine& line) {
  const service::Options options = service::Options::from(line);
  http::ServerOptions http;
  http.limits.head_bytes = line.number("--head-limit", http.limits.head_bytes);
  http.limits.body_bytes = line.number("--body-limit", http.limits.body_bytes);
  http.idle = line.milliseconds("--idle-ms", http.idle);
  http.request = line.milliseconds("--request-ms", http.request);
  http.write = line.milliseconds("--write-ms", http.write);
  line.refuse_the_rest();
  http::Server server(http, answer);
  service::run(server, options);
}

}  // namespace

int main(int argc, char** argv) { return service::main("http_server", kUsage, argc, argv, serve); }
