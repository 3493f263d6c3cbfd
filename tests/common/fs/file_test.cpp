#include "twofold/fs/file.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "twofold/twofold.hpp"

namespace twofold {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string pattern = (fs::temp_directory_path() / "twofold-file-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FileTest() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path(const char* name) const { return (folder_ / name).string(); }

 private:
  fs::path folder_;
};

TEST_F(FileTest, what_was_written_is_read) {
  const std::string content(1'000'000, 'f');
  const auto body = [&]() -> TF_ASYNC(std::string) {
    TF_AWAIT(write_file(path("a"), content));
    TF_RETURN TF_AWAIT(read_file(path("a")));
  };
  EXPECT_EQ(block_on(body), content);
}

TEST_F(FileTest, pieces_follow_each_other) {
  const auto body = [&]() -> TF_ASYNC(std::string) {
    {
      File file = TF_AWAIT(File::open(path("b"), OpenMode::kWrite));
      TF_AWAIT(file.write_all("hello, "));
      TF_AWAIT(file.write_all("world"));
    }
    {
      File file = TF_AWAIT(File::open(path("b"), OpenMode::kAppend));
      TF_AWAIT(file.write_all("!"));
    }
    File file = TF_AWAIT(File::open(path("b")));
    std::string whole = TF_AWAIT(file.read(5));
    whole += "|";
    whole += TF_AWAIT(file.read(100));
    const std::string end = TF_AWAIT(file.read(100));
    EXPECT_TRUE(end.empty());
    TF_RETURN whole;
  };
  EXPECT_EQ(block_on(body), "hello|, world!");
}

TEST_F(FileTest, a_missing_file_is_named) {
  const auto body = [&]() -> TF_ASYNC(void) {
    std::string said;
    int code = 0;
    try {
      const std::string content = TF_AWAIT(read_file(path("none")));
    } catch (const std::system_error& error) {
      said = error.what();
      code = error.code().value();
    }
    EXPECT_EQ(code, ENOENT);
    EXPECT_NE(said.find(path("none")), std::string::npos);
    TF_RETURN;
  };
  block_on(body);
}

TEST_F(FileTest, dropped_before_it_is_polled_it_does_nothing) {
  const auto body = [&]() -> TF_ASYNC(void) {
    { auto never = write_file(path("c"), "x"); }
    TF_RETURN;
  };
  block_on(body);
  EXPECT_FALSE(fs::exists(path("c")));
}

}  // namespace
}  // namespace twofold
