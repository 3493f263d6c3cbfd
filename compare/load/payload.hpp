// The bytes that a load sends: a function of seed, connection and message number alone.
//
// No two messages are alike, so an answer that belongs to another connection or another request, or
// whose bytes were lost, repeated or reordered, differs from what was sent.
#pragma once

#include <cstdint>
#include <span>

#include "protocol/checksum.hpp"

namespace twofold::compare {

inline void fill_message(std::span<char> bytes, std::uint64_t seed, std::uint64_t connection,
                         std::uint64_t message) {
  // A step of the generator between the three keeps neighbouring numbers from giving related
  // streams.
  const std::uint64_t stream = SplitMix64(SplitMix64(seed).next() + connection).next();
  SplitMix64(stream + message * 0xd1342543de82ef95U).fill(bytes);
}

}  // namespace twofold::compare
