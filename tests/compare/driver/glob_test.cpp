#include "driver/glob.hpp"

#include <gtest/gtest.h>

namespace twofold::compare {
namespace {

using Names = std::vector<std::string>;

TEST(Glob, AStarStandsForAnyRunOfCharactersAndAQuestionMarkForOne) {
  EXPECT_TRUE(glob_matches("echo", "echo"));
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("stack*", "stackful-paged"));
  EXPECT_TRUE(glob_matches("*-*d", "stackful-paged"));
  EXPECT_TRUE(glob_matches("e?ho", "echo"));
  EXPECT_TRUE(glob_matches("*a*b*", "xxaxxbxx"));
  EXPECT_FALSE(glob_matches("echo", "echo2"));
  EXPECT_FALSE(glob_matches("?", ""));
  EXPECT_FALSE(glob_matches("*ab", "aba"));
  EXPECT_FALSE(glob_matches("", "echo"));
}

TEST(Glob, TheNamesKeepTheirOrderWhateverThatOfThePatterns) {
  EXPECT_EQ(select_names({"a", "b", "c"}, {"c", "a*"}, "thing"), (Names{"a", "c"}));
  EXPECT_EQ(select_names({"a", "b"}, {}, "thing"), (Names{"a", "b"}));
}

TEST(Glob, APatternThatMatchesNothingIsAnErrorThatSaysWhatThereIs) {
  try {
    (void)select_names({"echo", "yield"}, {"echo", "sleep*"}, "workload");
    FAIL() << "nothing was thrown";
  } catch (const BadUsage& error) {
    EXPECT_STREQ(error.what(), "no workload matches 'sleep*'; there are: echo, yield");
  }
}

}  // namespace
}  // namespace twofold::compare
