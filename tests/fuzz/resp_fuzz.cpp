// CommandParser and the commands under any bytes: it keeps to its limits, and gives the same
// replies however the bytes are split.
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "resp_server/command_parser.hpp"
#include "resp_server/commands.hpp"
#include "resp_server/store.hpp"

namespace {

constexpr resp::Limits kLimits{
    .arguments = 16, .argument_bytes = 256, .command_bytes = 1024, .line_bytes = 512};

// All replies; and what was wrong in the end. INFO and times are left out: they may differ.
std::string answer(std::string_view bytes, std::size_t piece) {
  resp::CommandParser parser(kLimits);
  resp::Store store;
  std::string replies;
  while (!bytes.empty()) {
    const std::string_view now = bytes.substr(0, piece);
    bytes.remove_prefix(now.size());
    parser.add(now);
    while (true) {
      const resp::CommandParser::Event event = parser.next();
      if (event == resp::CommandParser::Event::kNeedMore) break;
      if (event == resp::CommandParser::Event::kError) return replies + parser.reason();
      FUZZ_CHECK(!parser.command().empty() && parser.command().size() <= kLimits.arguments);
      bool is_of_time = false;
      std::size_t size = 0;
      for (const std::string_view argument : parser.command()) {
        size += argument.size();
        is_of_time |= argument.size() == 2 && (argument[1] == 'X' || argument[1] == 'x');
      }
      FUZZ_CHECK(size <= kLimits.command_bytes);
      const char first = parser.command()[0].empty() ? ' ' : parser.command()[0][0];
      is_of_time |= std::string_view("tTpPeE").find(first) != std::string_view::npos;
      std::string reply;
      const bool goes_on = resp::execute(parser.command(), store, reply);
      FUZZ_CHECK(reply.size() >= 4 && reply.ends_with("\r\n"));
      if (!is_of_time) replies += reply;
      if (!goes_on) return replies;
    }
    FUZZ_CHECK(parser.buffered() <= kLimits.command_bytes + piece);
  }
  return replies;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = answer(bytes, bytes.size() + 1);
  FUZZ_CHECK(answer(bytes, data[0] % 61U + 2) == whole);
  if (size < 512) FUZZ_CHECK(answer(bytes, 1) == whole);
  return 0;
}
