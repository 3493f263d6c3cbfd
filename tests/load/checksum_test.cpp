#include "protocol/checksum.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "load/payload.hpp"

namespace twofold::compare {
namespace {

TEST(Fnv1a, GivesThePublishedValues) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325u);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cu);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8u);
}

TEST(Fnv1a, TakesBytesAboveAsciiAndPieceByPiece) {
  Fnv1a pieces;
  pieces.update("\xff\x80");
  pieces.update("z");
  EXPECT_EQ(pieces.value(), fnv1a("\xff\x80z"));
  EXPECT_NE(fnv1a("\xff"), fnv1a("\x7f"));
}

TEST(SplitMix64, GivesThePublishedValues) {
  SplitMix64 random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317u);
  EXPECT_EQ(random.next(), 3203168211198807973u);
}

TEST(SplitMix64, FillsALengthThatIsNoMultipleOfAWord) {
  std::string bytes(13, '\0');
  SplitMix64(5).fill(bytes);
  std::string longer(16, '\0');
  SplitMix64(5).fill(longer);
  EXPECT_EQ(bytes, longer.substr(0, 13));
}

TEST(Checksum, IsPrintedAsSixteenDigitsAndSentAsLittleEndian) {
  EXPECT_EQ(to_hex(0), "0000000000000000");
  EXPECT_EQ(to_hex(0x0123456789abcdefu), "0123456789abcdef");
  const auto bytes = to_little_endian(0x0102030405060708u);
  EXPECT_EQ(bytes.front(), 8);
  EXPECT_EQ(bytes.back(), 1);
}

TEST(Payload, DiffersBetweenSeedsConnectionsAndMessages) {
  std::set<std::string> payloads;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    for (std::uint64_t connection = 0; connection < 50; ++connection) {
      for (std::uint64_t message = 0; message < 50; ++message) {
        std::string bytes(16, '\0');
        fill_message(bytes, seed, connection, message);
        payloads.insert(bytes);
      }
    }
  }
  EXPECT_EQ(payloads.size(), 4u * 50 * 50);
}

}  // namespace
}  // namespace twofold::compare
