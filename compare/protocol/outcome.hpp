// The ways in which a sample ends without figures, as exceptions.
//
// Thrown by workloads and loads; `protocol_main` and `twofold-load` turn each into the last line
// and the exit status that docs/design/measurement-protocol.md gives it. Nothing else may decide
// exit statuses, so that the same trouble is reported alike by every program.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace twofold::compare {

// Exit statuses of a measured program.
inline constexpr int kExitOk = 0;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitFailed = 3;
inline constexpr int kExitUnsupported = 4;
inline constexpr int kExitCapped = 5;

// Unknown workload or parameter, or a value that makes no sense.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The workload computed a wrong answer: its figures mean nothing.
class CheckFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// This variant cannot run this workload or point by its nature.
class Unsupported : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A limit of the machine or of the variant's design was hit; the text says which, at what count.
class Capped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws CheckFailed unless the two are equal; `what` names the compared thing in the message.
inline void check_equal(const std::string& what, std::uint64_t actual, std::uint64_t expected) {
  if (actual != expected) {
    throw CheckFailed(what + " is " + std::to_string(actual) + ", expected " +
                      std::to_string(expected));
  }
}

}  // namespace twofold::compare
