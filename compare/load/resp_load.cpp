// The load `resp_server`: on each connection, `pipeline` commands at a time: SET of a key of the
// connection's own to a value that occurs once, then GET of the same key.
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "load/closed_loop.hpp"
#include "load/expected_bytes.hpp"
#include "load/payload.hpp"

namespace twofold::compare {
namespace {

constexpr std::size_t kValueBytes = 64;
constexpr std::uint64_t kKeys = 100;  // of each connection

class RespDialogue {
 public:
  RespDialogue(std::uint64_t seed, std::size_t connections, std::uint64_t pipeline)
      : seed_(seed), pipeline_(pipeline), exchanges_(connections) {}

  [[nodiscard]] std::size_t answer_bytes() const { return pipeline_ * (kValueBytes + 16); }

  std::span<const char> begin(std::size_t connection, std::uint64_t number) {
    Exchange& exchange = exchanges_[connection];
    exchange.request.clear();
    exchange.reply.clear();
    exchange.answer.begin();
    for (std::uint64_t i = number * pipeline_; i < (number + 1) * pipeline_; ++i) {
      append_command(exchange, connection, i);
    }
    return exchange.request;
  }

  bool take(std::size_t connection, std::uint64_t number, std::span<const char> bytes,
            std::size_t) {
    Exchange& exchange = exchanges_[connection];
    return exchange.answer.take(connection, number, exchange.reply, bytes);
  }

 private:
  struct Exchange {
    std::string request;
    std::string reply;
    ExpectedBytes answer;
  };

  static void append_bulk(std::string& to, std::string_view text) {
    std::array<char, 24> digits;
    to += '$';
    to.append(digits.data(),
              std::to_chars(digits.data(), digits.data() + digits.size(), text.size()).ptr);
    to += "\r\n";
    to += text;
    to += "\r\n";
  }

  // Command number `i` of the connection: an even one sets what the odd one after it asks for.
  void append_command(Exchange& exchange, std::size_t connection, std::uint64_t i) {
    const std::string name = std::to_string(connection) + ':' + std::to_string(i / 2 % kKeys);
    std::array<char, kValueBytes> value;
    fill_message(value, seed_, connection, i / 2);
    const std::string_view text(value.data(), value.size());
    if (i % 2 == 0) {
      exchange.request += "*3\r\n$3\r\nSET\r\n";
      append_bulk(exchange.request, name);
      append_bulk(exchange.request, text);
      exchange.reply += "+OK\r\n";
    } else {
      exchange.request += "*2\r\n$3\r\nGET\r\n";
      append_bulk(exchange.request, name);
      append_bulk(exchange.reply, text);
    }
  }

  std::uint64_t seed_;
  std::uint64_t pipeline_;
  std::vector<Exchange> exchanges_;  // the one that is under way, for each connection
};

}  // namespace

LoadResult run_resp_load(const LoadContext& context) {
  const auto requests = static_cast<std::uint64_t>(context.params.get("requests"));
  const auto connections = static_cast<std::size_t>(context.params.get("connections"));
  const auto pipeline = static_cast<std::uint64_t>(context.params.get("pipeline"));
  if (pipeline == 0 || requests % pipeline != 0) {
    throw UsageError("resp_server needs a pipeline of at least 1 that divides requests");
  }
  RespDialogue dialogue(context.params.seed(), connections, pipeline);
  LoadResult result = ClosedLoop(context, requests / pipeline, std::move(dialogue)).run();
  result.ops *= pipeline;
  result.expected_checksum = requests;
  return result;
}

}  // namespace twofold::compare
