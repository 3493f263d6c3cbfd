// Row 36: descriptors that epoll refuses, since they never make anybody wait.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "fault_test.hpp"

namespace twofold::test {
namespace {

using namespace std::chrono_literals;

class Descriptors : public FaultTest {
 protected:
  Descriptors()
      : path_(std::filesystem::temp_directory_path() /
              ("twofold-faults-" + std::to_string(::getpid()))) {
    std::ofstream(path_) << "some text";
  }
  ~Descriptors() override { std::filesystem::remove(path_); }

  std::filesystem::path path_;
};
TWOFOLD_ON_ALL_WORKERS(Descriptors);

TEST_P(Descriptors, A_regular_file_is_ready_at_once) {
  runtime().block_on([this]() -> TF_ASYNC(void) {
    AsyncFd file(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
    const auto readable = TF_AWAIT(timeout(10s, file.readable()));
    EXPECT_TRUE(readable);
    const auto writable = TF_AWAIT(timeout(10s, file.writable()));
    EXPECT_TRUE(writable);
    TF_RETURN;
  });
}

// As when standard input is redirected from a file, or from /dev/null.
TEST_P(Descriptors, A_regular_file_in_place_of_a_pipe_is_read_to_its_end) {
  runtime().block_on([this]() -> TF_ASYNC(void) {
    PipeReader reader(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    TF_AWAIT(reader.read_to_end(text));
    EXPECT_EQ(text, "some text");
    TF_RETURN;
  });
}

TEST_P(Descriptors, The_null_device_in_place_of_a_pipe_is_empty_and_takes_everything) {
  runtime().block_on([]() -> TF_ASYNC(void) {
    PipeReader reader(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    std::array<std::byte, 16> buffer;
    const std::size_t n = TF_AWAIT(reader.read(buffer));
    EXPECT_EQ(n, 0U);
    PipeWriter writer(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    TF_AWAIT(writer.write_all("into the void"));
    TF_RETURN;
  });
}

TEST_P(Descriptors, A_file_is_read_on_a_thread_of_the_blocking_pool) {
  const std::string text = runtime().block_on([this]() -> TF_ASYNC(std::string) {
    std::string whole = TF_AWAIT(read_file(path_.string()));
    TF_RETURN whole;
  });
  EXPECT_EQ(text, "some text");
}

}  // namespace
}  // namespace twofold::test
