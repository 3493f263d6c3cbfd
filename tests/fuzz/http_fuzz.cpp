// RequestParser under any bytes: it keeps to its limits, and gives the same requests however the
// bytes are split.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "check.hpp"
#include "http_server/request_parser.hpp"

namespace {

constexpr http::Limits kLimits{.head_bytes = 512, .fields = 10, .body_bytes = 256};

struct Outcome {
  std::vector<std::string> requests;
  bool is_refused = false;  // not by which status: a piece may show one fault before another
  bool operator==(const Outcome&) const = default;
};

std::string text_of(const http::Request& request) {
  std::string text = request.method + ' ' + request.target + (request.is_keep_alive ? " +" : " -") +
                     (request.is_http_1_0 ? "0" : "1");
  std::size_t head = request.target.size();
  for (const http::Field& field : request.fields) {
    head += field.name.size() + field.value.size();
    text += '\n' + field.name + ':' + field.value;
  }
  FUZZ_CHECK(head <= kLimits.head_bytes);
  FUZZ_CHECK(request.fields.size() <= kLimits.fields);
  FUZZ_CHECK(request.body.size() <= kLimits.body_bytes);
  return text + '\n' + request.body;
}

Outcome parse(std::span<const char> bytes, std::size_t piece) {
  Outcome outcome;
  http::RequestParser parser(kLimits);
  while (!bytes.empty()) {
    std::span<const char> rest = bytes.first(std::min(piece, bytes.size()));
    bytes = bytes.subspan(rest.size());
    while (!rest.empty()) {
      const http::RequestParser::Step step = parser.feed(rest);
      FUZZ_CHECK(step.consumed <= rest.size());
      rest = rest.subspan(step.consumed);
      if (step.event == http::RequestParser::Event::kNeedMore) FUZZ_CHECK(rest.empty());
      if (step.event == http::RequestParser::Event::kRequest) {
        outcome.requests.push_back(text_of(parser.request()));
      }
      if (step.event == http::RequestParser::Event::kError) {
        outcome.is_refused = true;
        FUZZ_CHECK(parser.status() >= 400 && *parser.reason() != '\0');
        return outcome;
      }
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const char> bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = parse(bytes, bytes.size());
  FUZZ_CHECK(parse(bytes, 1) == whole);
  FUZZ_CHECK(parse(bytes, data[0] % 61U + 2) == whole);
  return 0;
}
