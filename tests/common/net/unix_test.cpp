#include "twofold/net/unix.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "twofold/twofold.hpp"

namespace twofold {
namespace {

namespace fs = std::filesystem;

// A folder for sockets that is gone after the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "twofold-unix-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  [[nodiscard]] std::string socket() const { return (path_ / "socket").string(); }

 private:
  fs::path path_;
};

TF_ASYNC(void) echo_one(UnixListener& listener) {
  UnixStream stream = TF_AWAIT(listener.accept());
  std::array<char, 1024> buffer{};
  while (const std::size_t n = TF_AWAIT(stream.read(buffer))) {
    TF_AWAIT(stream.write_all(std::span(buffer).first(n)));
  }
  TF_RETURN;
}

TF_ASYNC(std::string) echo_through(std::string path, std::string message) {
  UnixListener listener = UnixListener::bind(path);
  auto server = spawn(echo_one, std::ref(listener));
  UnixStream client = TF_AWAIT(UnixStream::connect(path));
  TF_AWAIT(client.write_all(message));
  client.shutdown();
  std::string answer;
  TF_AWAIT(client.read_to_end(answer));
  TF_AWAIT(server);
  TF_RETURN answer;
}

TEST(Unix, an_echo_through_a_path_whose_file_goes_with_the_listener) {
  const Folder folder;
  EXPECT_EQ(block_on(echo_through, folder.socket(), std::string(1000, 'u')),
            std::string(1000, 'u'));
  EXPECT_FALSE(fs::exists(folder.socket()));
}

TEST(Unix, an_abstract_name_has_no_file) {
  const std::string name = "@twofold-test-" + std::to_string(::getpid());
  EXPECT_EQ(block_on(echo_through, name, std::string("abstract")), "abstract");
}

TEST(Unix, a_pair_and_its_halves) {
  block_on([]() -> TF_ASYNC(void) {
    auto [left, right] = UnixStream::pair();
    UnixStream near = std::move(left);
    UnixStream far = std::move(right);
    auto [reader, writer] = near.split();
    UnixReadHalf in = std::move(reader);
    UnixWriteHalf out = std::move(writer);
    TF_AWAIT(out.write_all("ping"));
    out.shutdown();
    std::string heard;
    TF_AWAIT(far.read_to_end(heard));
    EXPECT_EQ(heard, "ping");
    TF_AWAIT(far.write_all("pong"));
    far.shutdown();
    heard.clear();
    TF_AWAIT(in.read_to_end(heard));
    EXPECT_EQ(heard, "pong");
    TF_RETURN;
  });
}

TEST(Unix, a_second_listener_does_not_take_the_path_from_the_first) {
  const Folder folder;
  const UnixListener first = UnixListener::bind(folder.socket());
  try {
    const UnixListener second = UnixListener::bind(folder.socket());
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), EADDRINUSE);
    EXPECT_NE(std::string_view(error.what()).find(folder.socket()), std::string_view::npos);
  }
  EXPECT_TRUE(fs::exists(folder.socket()));
}

TEST(Unix, connecting_to_nobody_names_the_path) {
  const Folder folder;
  block_on([&]() -> TF_ASYNC(void) {
    int code = 0;
    try {
      UnixStream stream = TF_AWAIT(UnixStream::connect(folder.socket()));
    } catch (const std::system_error& error) {
      code = error.code().value();
    }
    EXPECT_EQ(code, ENOENT);
    TF_RETURN;
  });
}

TEST(Unix, a_path_that_is_too_long_is_refused) {
  EXPECT_THROW((void)UnixListener::bind(std::string(200, 'p')), std::invalid_argument);
  EXPECT_THROW((void)UnixListener::bind(""), std::invalid_argument);
}

}  // namespace
}  // namespace twofold
