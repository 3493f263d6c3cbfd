// The load `http_plaintext`: GET, and an answer of HTTP/1.1 with status 200 whose body is right.
//
// Servers differ in the fields that they send, and some send the date: an answer is parsed by
// llhttp, unless it is the same, to the byte, as the last one that was found right.
#include <llhttp/llhttp.h>

#include <string>
#include <string_view>
#include <vector>

#include "load/closed_loop.hpp"

namespace twofold::compare {
namespace {

constexpr std::string_view kRequest =
    "GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: twofold-load\r\nAccept: */*\r\n\r\n";
constexpr std::string_view kBody = "Hello, World!";

// One answer, parsed from its first byte.
class Answer {
 public:
  enum class State : std::uint8_t { kIncomplete, kRight, kWrong };

  Answer() {
    llhttp_init(&parser_, HTTP_RESPONSE, &settings());
    parser_.data = this;
  }
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  // Of all bytes that came for it.
  State judge(std::string_view bytes) {
    const llhttp_errno_t error = llhttp_execute(&parser_, bytes.data(), bytes.size());
    if (error == HPE_OK) return State::kIncomplete;
    const bool is_right = error == HPE_PAUSED &&
                          llhttp_get_error_pos(&parser_) == bytes.data() + bytes.size() &&
                          llhttp_get_status_code(&parser_) == 200 && body_ == kBody &&
                          llhttp_should_keep_alive(&parser_) != 0;
    return is_right ? State::kRight : State::kWrong;
  }

 private:
  static const llhttp_settings_t& settings() {
    static const llhttp_settings_t all = [] {
      llhttp_settings_t made;
      llhttp_settings_init(&made);
      made.on_body = [](llhttp_t* parser, const char* at, std::size_t length) {
        static_cast<Answer*>(parser->data)->body_.append(at, length);
        return 0;
      };
      made.on_message_complete = [](llhttp_t*) { return static_cast<int>(HPE_PAUSED); };
      return made;
    }();
    return all;
  }

  llhttp_t parser_;
  std::string body_;
};

class PlaintextDialogue {
 public:
  explicit PlaintextDialogue(std::size_t connections) : pieces_(connections) {}

  [[nodiscard]] std::size_t answer_bytes() const { return 1024; }

  std::span<const char> begin(std::size_t connection, std::uint64_t) {
    pieces_[connection].clear();
    return kRequest;
  }

  bool take(std::size_t connection, std::uint64_t number, std::span<const char> bytes,
            std::size_t) {
    std::string_view answer(bytes.data(), bytes.size());
    if (answer == last_right_ && pieces_[connection].empty()) {
      return true;
    }
    answer = pieces_[connection].append(answer);
    switch (Answer().judge(answer)) {
      case Answer::State::kIncomplete:
        return false;
      case Answer::State::kRight:
        last_right_ = answer;
        return true;
      case Answer::State::kWrong:
        break;
    }
    throw CheckFailed(about_connection(
        connection, "answer " + std::to_string(number) + " is not HTTP/1.1 with status 200 and '" +
                        std::string(kBody) + "': '" + std::string(answer.substr(0, 200)) + "'"));
  }

 private:
  std::vector<std::string> pieces_;  // of answers that did not come at once
  std::string last_right_;
};

}  // namespace

LoadResult run_http_plaintext_load(const LoadContext& context) {
  const auto requests = static_cast<std::uint64_t>(context.params.get("requests"));
  const auto connections = static_cast<std::size_t>(context.params.get("connections"));
  LoadResult result = ClosedLoop(context, requests, PlaintextDialogue(connections)).run();
  result.expected_checksum = requests;
  return result;
}

}  // namespace twofold::compare
