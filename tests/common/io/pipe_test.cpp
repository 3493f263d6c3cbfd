#include "twofold/io/pipe.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <cerrno>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "twofold/twofold.hpp"

namespace twofold {
namespace {

TF_ASYNC(void) write_much(PipeWriter writer, std::string text) {
  TF_AWAIT(writer.write_all(text));
  TF_RETURN;
}

TEST(Pipe, carries_more_than_it_holds) {
  const std::string sent(1'000'000, 'p');
  const auto body = [&]() -> TF_ASYNC(std::string) {
    auto [read_end, write_end] = Pipe::create();
    PipeReader reader = std::move(read_end);
    auto writing = spawn(write_much, std::move(write_end), sent);
    std::string received;
    TF_AWAIT(reader.read_to_end(received));
    TF_AWAIT(writing);
    TF_RETURN received;
  };
  EXPECT_EQ(block_on(body), sent);
}

TEST(Pipe, writing_without_a_reader_is_an_error_and_no_signal) {
  const auto body = []() -> TF_ASYNC(int) {
    auto [read_end, write_end] = Pipe::create();
    PipeWriter writer = std::move(write_end);
    { const PipeReader gone = std::move(read_end); }
    try {
      TF_AWAIT(writer.write("lost"));
    } catch (const std::system_error& error) {
      TF_RETURN error.code().value();
    }
    TF_RETURN 0;
  };
  EXPECT_EQ(block_on(body), EPIPE);
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
}

TEST(Pipe, its_ends_are_closed_on_exec_and_do_not_block) {
  const Pipe pipe = Pipe::create();
  for (const int fd : {pipe.reader.native_handle(), pipe.writer.native_handle()}) {
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  }
}

TEST(Pipe, several_buffers_in_one_call) {
  const auto body = []() -> TF_ASYNC(std::string) {
    auto [read_end, write_end] = Pipe::create();
    PipeReader reader = std::move(read_end);
    PipeWriter writer = std::move(write_end);
    const std::array<ConstBytes, 3> parts{ConstBytes("one, "), ConstBytes("two, "),
                                          ConstBytes("three")};
    EXPECT_EQ(TF_AWAIT(writer.write_vectored(parts)), 15U);
    std::array<char, 7> first{};
    std::array<char, 20> second{};
    const std::array<MutableBytes, 2> into{MutableBytes(first), MutableBytes(second)};
    EXPECT_EQ(TF_AWAIT(reader.read_vectored(into)), 15U);
    TF_RETURN std::string(first.data(), 7) + "|" + std::string(second.data(), 8);
  };
  EXPECT_EQ(block_on(body), "one, tw|o, three");
}

TEST(Pipe, no_buffers_are_no_bytes) {
  const auto body = []() -> TF_ASYNC(std::size_t) {
    auto [read_end, write_end] = Pipe::create();
    PipeWriter writer = std::move(write_end);
    TF_RETURN TF_AWAIT(writer.write_vectored({}));
  };
  EXPECT_EQ(block_on(body), 0U);
}

TEST(Pipe, adopting_a_bad_descriptor_is_refused) {
  EXPECT_THROW(PipeReader(-1), std::system_error);
}

}  // namespace
}  // namespace twofold
