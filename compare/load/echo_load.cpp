// The load `echo`: each request comes back.
#include <vector>

#include "load/closed_loop.hpp"
#include "load/expected_bytes.hpp"
#include "load/payload.hpp"

namespace twofold::compare {
namespace {

class EchoDialogue {
 public:
  EchoDialogue(std::uint64_t seed, std::size_t connections, std::size_t message_bytes)
      : seed_(seed),
        message_bytes_(message_bytes),
        messages_(connections * message_bytes),
        answers_(connections) {}

  [[nodiscard]] std::size_t answer_bytes() const { return message_bytes_; }

  std::span<const char> begin(std::size_t connection, std::uint64_t number) {
    fill_message(message(connection), seed_, connection, number);
    answers_[connection].begin();
    return message(connection);
  }

  // Nothing can have come back that was not sent.
  bool take(std::size_t connection, std::uint64_t number, std::span<const char> bytes,
            std::size_t sent) {
    return answers_[connection].take(connection, number, message(connection).first(sent), bytes) &&
           sent == message_bytes_;
  }

 private:
  [[nodiscard]] std::span<char> message(std::size_t connection) {
    return std::span(messages_).subspan(connection * message_bytes_, message_bytes_);
  }

  std::uint64_t seed_;
  std::size_t message_bytes_;
  std::vector<char> messages_;  // the request that is under way, for each connection
  std::vector<ExpectedBytes> answers_;
};

}  // namespace

LoadResult run_echo_load(const LoadContext& context) {
  const auto message_bytes = static_cast<std::size_t>(context.params.get("message_bytes"));
  const auto requests = static_cast<std::uint64_t>(context.params.get("requests"));
  const auto connections = static_cast<std::size_t>(context.params.get("connections"));
  if (message_bytes == 0) {
    throw UsageError("echo needs message_bytes of at least 1");
  }
  EchoDialogue dialogue(context.params.seed(), connections, message_bytes);
  LoadResult result = ClosedLoop(context, requests, std::move(dialogue)).run();
  result.expected_checksum = requests * message_bytes;
  return result;
}

}  // namespace twofold::compare
