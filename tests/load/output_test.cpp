#include "protocol/output.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

// An Output whose lines are kept in memory.
class OutputTest : public testing::Test {
 protected:
  ~OutputTest() override {
    std::fclose(stream_);
    std::free(text_);
  }
  std::string text() {
    std::fflush(stream_);
    return {text_, size_};
  }

  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* stream_ = ::open_memstream(&text_, &size_);
  Output output_{stream_};
};

TEST_F(OutputTest, PrintsTheLinesOfTheProtocol) {
  output_.listening(8080);
  output_.metric("ns_per_op", "ns", 12.5);
  output_.check_ok(0xabc, 7);
  EXPECT_EQ(text(),
            "{\"listening\":8080}\n"
            "{\"metric\":\"ns_per_op\",\"unit\":\"ns\",\"value\":12.5}\n"
            "{\"check\":\"ok\",\"checksum\":\"0000000000000abc\",\"ops\":7}\n");
}

TEST_F(OutputTest, RefusesFiguresThatAreNoMeasurements) {
  EXPECT_THROW(output_.metric("a", "ns", std::numeric_limits<double>::quiet_NaN()), CheckFailed);
  EXPECT_THROW(output_.metric("a", "ns", std::numeric_limits<double>::infinity()), CheckFailed);
  EXPECT_THROW(output_.metric("a", "ns", -1), CheckFailed);
  EXPECT_EQ(text(), "");
}

TEST_F(OutputTest, TakesNothingAfterTheCheckLine) {
  output_.check_ok(1, 1);
  EXPECT_THROW(output_.metric("a", "ns", 1), CheckFailed);
  EXPECT_THROW(output_.check_ok(1, 1), CheckFailed);
}

TEST_F(OutputTest, KeepsTheLineWholeWhateverADetailHolds) {
  output_.check_other("failed", "quote \" newline \n bytes \xff\xfe");
  EXPECT_EQ(text().find('\n'), text().size() - 1);
  EXPECT_TRUE(text().starts_with("{\"check\":\"failed\",\"detail\":\"quote \\\" newline \\n"));
}

}  // namespace
}  // namespace twofold::compare
