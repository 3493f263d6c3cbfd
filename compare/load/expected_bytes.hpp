// ExpectedBytes: what an answer must be, byte for byte, compared as its pieces come.
//
// Used by the dialogues whose answers are known in full.
#pragma once

#include <cstring>
#include <span>
#include <string>

#include "load/connector.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {

// How much of one connection's answer came and was right.
class ExpectedBytes {
 public:
  void begin() { received_ = 0; }

  // True: `expected` has come in full. Throws CheckFailed at a wrong byte and at one too many.
  [[nodiscard]] bool take(std::size_t connection, std::uint64_t answer,
                          std::span<const char> expected, std::span<const char> bytes) {
    if (bytes.size() > expected.size() - received_) {
      throw CheckFailed(about_connection(
          connection,
          "the server sent more bytes than it was sent, in answer " + std::to_string(answer)));
    }
    if (std::memcmp(bytes.data(), expected.data() + received_, bytes.size()) != 0) {
      throw CheckFailed(
          about_connection(connection, "wrong bytes in answer " + std::to_string(answer)));
    }
    received_ += bytes.size();
    return received_ == expected.size();
  }

 private:
  std::size_t received_ = 0;
};

}  // namespace twofold::compare
