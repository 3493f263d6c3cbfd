// CommandParser: commands of Redis's protocol (RESP2) out of the bytes of a connection.
//
// Takes what redis-cli, redis-benchmark and client libraries send: arrays of bulk strings
// ("*1\r\n$4\r\nPING\r\n"), and the words of a line ("PING\r\n"), as typed into nc. Bytes may come
// in any pieces; pipelined commands come out one by one. A command that is larger than the limits,
// or that is none, is an error, after which the connection cannot go on.
//
// Knows nothing of sockets: the fuzz target and the comparison's workload use it as the server
// does.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace resp {

struct Limits {
  std::size_t arguments = 1024;
  std::size_t argument_bytes = 512 * 1024;
  std::size_t command_bytes = 1024 * 1024;
  std::size_t line_bytes = 64 * 1024;  ///< of words in a line
};

/// A command's name and its arguments; they refer to the parser's bytes, until the next call of it.
using Command = std::vector<std::string_view>;

class CommandParser {
 public:
  enum class Event : std::uint8_t { kNeedMore, kCommand, kError };

  explicit CommandParser(Limits limits = {}) : limits_(limits) {}

  /// Adds bytes that came. Throws std::bad_alloc.
  void add(std::string_view bytes) {
    // What was taken is dropped only when it is more than what is left, so that each byte is moved
    // once at most for each byte that came.
    if (taken_ > bytes_.size() - taken_) {
      bytes_.erase(0, taken_);
      taken_ = 0;
    }
    bytes_.append(bytes);
  }

  /// The next command, if it is whole.
  [[nodiscard]] Event next() {
    if (reason_ != nullptr) return Event::kError;
    command_.clear();
    position_ = taken_;
    // Empty lines and empty arrays are no commands.
    while (true) {
      const std::size_t start = position_;
      if (position_ == bytes_.size()) return need_more(start);
      const Event event = bytes_[position_] == '*' ? parse_array() : parse_line();
      if (event == Event::kNeedMore) return need_more(start);
      if (event == Event::kError) return event;
      taken_ = position_;
      if (!command_.empty()) return Event::kCommand;
    }
  }

  /// After kCommand.
  [[nodiscard]] const Command& command() const noexcept { return command_; }
  /// After kError: what is wrong, as Redis says it.
  [[nodiscard]] const char* reason() const noexcept { return reason_; }
  /// How many bytes wait for the rest of their command. Bounded by the limits and what add() is
  /// given at a time.
  [[nodiscard]] std::size_t buffered() const noexcept { return bytes_.size() - taken_; }

 private:
  static constexpr std::size_t kLongestNumber = 32;  // of digits and the end of the line

  Event need_more(std::size_t start) {
    if (bytes_.size() - start > limits_.command_bytes)
      return fail("Protocol error: too big command");
    return Event::kNeedMore;
  }

  Event fail(const char* reason) {
    reason_ = reason;
    return Event::kError;
  }

  // "<marker><number>\r\n" at the position.
  Event parse_number(std::int64_t& number, const char* complaint) {
    const std::string_view rest = std::string_view(bytes_).substr(position_ + 1);
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      return rest.size() > kLongestNumber ? fail(complaint) : Event::kNeedMore;
    }
    if (end == 0 || end > kLongestNumber || rest[end - 1] != '\r') return fail(complaint);
    const char* const last = rest.data() + end - 1;
    const auto [stop, error] = std::from_chars(rest.data(), last, number);
    if (error != std::errc{} || stop != last) return fail(complaint);
    position_ += end + 2;
    return Event::kCommand;
  }

  Event parse_array() {
    std::int64_t count = 0;
    Event event = parse_number(count, "Protocol error: invalid multibulk length");
    if (event != Event::kCommand) return event;
    if (count > static_cast<std::int64_t>(limits_.arguments)) {
      return fail("Protocol error: invalid multibulk length");
    }
    std::size_t bytes = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      if (position_ == bytes_.size()) return Event::kNeedMore;
      if (bytes_[position_] != '$') return fail("Protocol error: expected '$'");
      std::int64_t length = 0;
      event = parse_number(length, "Protocol error: invalid bulk length");
      if (event != Event::kCommand) return event;
      if (length < 0 || length > static_cast<std::int64_t>(limits_.argument_bytes)) {
        return fail("Protocol error: invalid bulk length");
      }
      const auto size = static_cast<std::size_t>(length);
      bytes += size;
      if (bytes > limits_.command_bytes) return fail("Protocol error: too big command");
      if (bytes_.size() - position_ < size + 2) return Event::kNeedMore;
      if (bytes_[position_ + size] != '\r' || bytes_[position_ + size + 1] != '\n') {
        return fail("Protocol error: a bulk string does not end where it should");
      }
      command_.push_back(std::string_view(bytes_).substr(position_, size));
      position_ += size + 2;
    }
    return Event::kCommand;
  }

  Event parse_line() {
    const std::string_view rest = std::string_view(bytes_).substr(position_);
    const std::size_t end = rest.find('\n');
    if (std::min(end, rest.size()) > limits_.line_bytes) {
      return fail("Protocol error: too big inline request");
    }
    if (end == std::string_view::npos) return Event::kNeedMore;
    constexpr std::string_view kBlanks = " \t\r";
    const std::string_view line = rest.substr(0, end);
    for (std::size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;) {
      const std::size_t stop = std::min(line.find_first_of(kBlanks, at), line.size());
      if (command_.size() == limits_.arguments) return fail("Protocol error: too many arguments");
      command_.push_back(line.substr(at, stop - at));
      at = line.find_first_not_of(kBlanks, stop);
    }
    position_ += end + 1;
    return Event::kCommand;
  }

  Limits limits_;
  std::string bytes_;
  std::size_t taken_ = 0;     // of bytes_: what commands were made of
  std::size_t position_ = 0;  // of the command that is being parsed
  Command command_;
  const char* reason_ = nullptr;
};

}  // namespace resp
