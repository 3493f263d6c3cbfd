// Checksums and seeded bytes, the same in every program, so that answers can be compared.
//
// FNV-1a 64 (Fowler, Noll, Vo) is what `read_to_end` servers answer with: any language has it in a
// few lines. SplitMix64 (Steele, Lea, Flood 2014) makes the payloads: one word a step from a state
// of one word, so a message can be made from its number alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace twofold::compare {

// FNV-1a 64, fed piece by piece.
class Fnv1a {
 public:
  void update(std::string_view bytes) {
    for (const char byte : bytes) {
      hash_ = (hash_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
    }
  }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

[[nodiscard]] inline std::uint64_t fnv1a(std::string_view bytes) {
  Fnv1a hash;
  hash.update(bytes);
  return hash.value();
}

// A 64-bit value as eight little-endian bytes: the answer of a `read_to_end` server.
[[nodiscard]] inline std::array<char, 8> to_little_endian(std::uint64_t value) {
  std::array<char, 8> bytes{};
  for (char& byte : bytes) {
    byte = static_cast<char>(value & 0xffU);
    value >>= 8U;
  }
  return bytes;
}

// Sixteen lower-case hex digits: how a checksum is printed.
[[nodiscard]] inline std::string to_hex(std::uint64_t value) {
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; value >>= 4U) {
    text[i] = "0123456789abcdef"[value & 0xfU];
  }
  return text;
}

class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

  void fill(std::span<char> bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
      const auto word = to_little_endian(next());
      const std::size_t n = bytes.size() - at < word.size() ? bytes.size() - at : word.size();
      for (std::size_t i = 0; i < n; ++i) {
        bytes[at + i] = word[i];
      }
      at += n;
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace twofold::compare
