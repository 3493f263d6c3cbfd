#include "twofold/reactor/io_source.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "common/net/connected_pair.hpp"
#include "twofold/twofold.hpp"

namespace twofold {
namespace {

using namespace std::chrono_literals;

// The errno with which reading ended; 0: it did not fail.
TF_ASYNC(int) error_of_reading(TcpStream& stream) {
  std::array<char, 8> buffer;
  try {
    TF_AWAIT(stream.read(buffer));
  } catch (const std::system_error& error) {
    TF_RETURN error.code().value();
  }
  TF_RETURN 0;
}

using test::connected_pair;
using test::Pair;

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

TEST(IoSource, a_second_reader_that_has_to_wait_fails_and_the_first_goes_on) {
  block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    auto first = spawn([&]() -> TF_ASYNC(char) {
      std::array<char, 8> buffer{};
      EXPECT_EQ(TF_AWAIT(pair.server.read(buffer)), 1U);
      TF_RETURN buffer[0];
    });
    TF_AWAIT(yield_now());
    EXPECT_EQ(TF_AWAIT(error_of_reading(pair.server)), EBUSY);
    // The second is gone by now; the first is still woken.
    TF_AWAIT(pair.client.write_all("x"));
    const auto read = TF_AWAIT(timeout(5s, first));
    EXPECT_EQ(read.value_or('-'), 'x');
    TF_RETURN;
  });
}

TEST(IoSource, an_operation_that_is_over_but_still_in_scope_hinders_no_other) {
  block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    auto writer = spawn([&]() -> TF_ASYNC(void) {
      for (int i = 0; i < 2; ++i) {
        TF_AWAIT(sleep(1ms));
        TF_AWAIT(pair.client.write_all("x"));
      }
      TF_RETURN;
    });
    std::array<char, 1> buffer{};
    auto one = pair.server.read(buffer);
    EXPECT_EQ(TF_AWAIT(one), 1U);
    auto other = pair.server.read(buffer);
    EXPECT_EQ(TF_AWAIT(other), 1U);
    TF_AWAIT(writer);
    TF_RETURN;
  });
}

TEST(IoSource, closing_ends_the_operations_of_other_tasks_with_an_error) {
  block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    std::optional<TcpStream> stream(std::move(pair.server));
    const int descriptor = stream->native_handle();
    auto reader = spawn([&]() -> TF_ASYNC(int) { TF_RETURN TF_AWAIT(error_of_reading(*stream)); });
    auto writer = spawn([&]() -> TF_ASYNC(int) {
      const std::string much(64 << 20, 'x');
      try {
        TF_AWAIT(stream->write_all(much));
      } catch (const std::system_error& error) {
        TF_RETURN error.code().value();
      }
      TF_RETURN 0;
    });
    TF_AWAIT(sleep(2ms));
    EXPECT_FALSE(reader.is_finished());
    EXPECT_FALSE(writer.is_finished());
    stream.reset();
    EXPECT_TRUE(is_open(descriptor)) << "who waits may be about to use it";
    const auto ended = TF_AWAIT(timeout(5s, join(reader, writer)));
    EXPECT_TRUE(ended.has_value());
    if (ended) {
      EXPECT_EQ(std::get<0>(*ended), ECANCELED);
      EXPECT_EQ(std::get<1>(*ended), ECANCELED);
    }
    EXPECT_FALSE(is_open(descriptor));
    TF_RETURN;
  });
}

TEST(IoSource, closing_ends_accepting_and_waiting_for_a_descriptor) {
  block_on([]() -> TF_ASYNC(void) {
    std::optional<TcpListener> listener(TcpListener::bind("127.0.0.1:0"));
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    std::optional<AsyncFd> pipe(ends[0]);
    auto accepting = spawn([&]() -> TF_ASYNC(int) {
      try {
        TF_AWAIT(listener->accept());
      } catch (const std::system_error& error) {
        TF_RETURN error.code().value();
      }
      TF_RETURN 0;
    });
    auto waiting = spawn([&]() -> TF_ASYNC(int) {
      try {
        TF_AWAIT(pipe->readable());
      } catch (const std::system_error& error) {
        TF_RETURN error.code().value();
      }
      TF_RETURN 0;
    });
    TF_AWAIT(sleep(1ms));
    listener.reset();
    pipe.reset();
    EXPECT_EQ(TF_AWAIT(accepting), ECANCELED);
    EXPECT_EQ(TF_AWAIT(waiting), ECANCELED);
    ::close(ends[1]);
    TF_RETURN;
  });
}

// Makes futures by `begin` and awaits them, until one fails: the errno.
template <class Begin>
TF_ASYNC(int)
error_of_repeating(Begin begin) {
  try {
    for (;;) TF_AWAIT(begin());
  } catch (const std::system_error& error) {
    TF_RETURN error.code().value();
  }
}

// An operation that is ready each time is pending where its task's budget is used up, without
// having waited for the descriptor.
TEST(IoSource, closing_ends_an_operation_that_is_pending_by_the_budget_of_its_task) {
  block_on([]() -> TF_ASYNC(void) {
    std::optional<PipeReader> zeros(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
    std::optional<PipeWriter> drain(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    std::optional<AsyncFd> null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    std::optional<UdpSocket> socket(UdpSocket::bind("127.0.0.1:0"));
    const SocketAddress self = socket->local_address();
    const int descriptor = zeros->native_handle();
    std::array<char, 8> buffer{};
    auto read = [&]() { return zeros->read(buffer); };
    auto write = [&]() { return drain->write("x"); };
    auto look = [&]() { return null->writable(); };
    auto send = [&]() { return socket->send_to("x", self); };
    auto reading = spawn(error_of_repeating<decltype(read)>, read);
    auto writing = spawn(error_of_repeating<decltype(write)>, write);
    auto looking = spawn(error_of_repeating<decltype(look)>, look);
    auto sending = spawn(error_of_repeating<decltype(send)>, send);
    TF_AWAIT(yield_now());
    zeros.reset();
    drain.reset();
    null.reset();
    socket.reset();
    EXPECT_TRUE(is_open(descriptor)) << "who is pending may be about to use it";
    EXPECT_EQ(TF_AWAIT(reading), ECANCELED);
    EXPECT_EQ(TF_AWAIT(writing), ECANCELED);
    EXPECT_EQ(TF_AWAIT(looking), ECANCELED);
    EXPECT_EQ(TF_AWAIT(sending), ECANCELED);
    EXPECT_FALSE(is_open(descriptor));
    TF_RETURN;
  });
}

TEST(IoSource, an_operation_that_is_pending_by_its_budget_may_be_dropped_after_the_close) {
  block_on([]() -> TF_ASYNC(void) {
    std::optional<PipeReader> zeros(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
    const int descriptor = zeros->native_handle();
    std::array<char, 8> buffer{};
    auto read = [&]() { return zeros->read(buffer); };
    auto reading = spawn(error_of_repeating<decltype(read)>, read);
    TF_AWAIT(yield_now());
    zeros.reset();
    reading.abort();
    EXPECT_THROW(TF_AWAIT(reading), TaskAborted);
    EXPECT_FALSE(is_open(descriptor));
    TF_RETURN;
  });
}

// The same future, saying when it has begun to wait.
template <class F>
struct Noticed {
  using Output = typename F::Output;
  auto poll(Context& context) {
    auto polled = future.poll(context);
    if (polled.is_pending()) waits->store(true);
    return polled;
  }

  F& future;
  std::shared_ptr<std::atomic<bool>> waits;
};

// Streams that a task reads while another closes them, on two workers: no stale descriptor is read,
// nothing is used after it was freed (AddressSanitizer's build of this test looks), nobody sleeps
// on.
TEST(IoSource, closing_races_with_readers_on_other_workers) {
  Runtime runtime({.workers = 2});
  const int ended = runtime.block_on([]() -> TF_ASYNC(int) {
    constexpr int kRounds = 300;
    int failed = 0;
    for (int round = 0; round < kRounds; ++round) {
      Pair pair = TF_AWAIT(connected_pair());
      auto stream = std::make_shared<std::optional<TcpStream>>(std::move(pair.server));
      auto waits = std::make_shared<std::atomic<bool>>(false);
      auto reader = spawn([stream, waits]() -> TF_ASYNC(int) {
        std::array<char, 8> buffer;
        auto reading = (*stream)->read(buffer);
        Noticed<decltype(reading)> noticed{reading, waits};
        try {
          TF_AWAIT(noticed);
        } catch (const std::system_error& error) {
          TF_RETURN error.code().value();
        }
        TF_RETURN 0;
      });
      while (!waits->load()) TF_AWAIT(sleep(50us));
      if (round % 2 == 0) TF_AWAIT(pair.client.write_all("x"));
      stream->reset();
      const int error = TF_AWAIT(reader);
      EXPECT_TRUE(error == ECANCELED || (round % 2 == 0 && error == 0)) << error;
      failed += error != 0 ? 1 : 0;
      const linger at_once{1, 0};
      ::setsockopt(pair.client.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    TF_RETURN failed;
  });
  EXPECT_GE(ended, 150);
}

TEST(IoSource, a_stream_may_outlive_its_runtime) {
  std::optional<TcpStream> stream;
  int descriptor = -1;
  {
    Runtime runtime({.workers = 2});
    stream = runtime.block_on([]() -> TF_ASYNC(TcpStream) {
      Pair pair = TF_AWAIT(connected_pair());
      std::array<char, 1> buffer;
      const auto nothing = TF_AWAIT(timeout(1ms, pair.server.read(buffer)));
      EXPECT_FALSE(nothing.has_value());
      TF_RETURN std::move(pair.server);
    });
    descriptor = stream->native_handle();
  }
  EXPECT_TRUE(is_open(descriptor));
  stream.reset();
  EXPECT_FALSE(is_open(descriptor));
}

// Begins to read, and drops the read when told to, without giving up its worker.
struct ReadAndDrop {
  using Output = Unit;
  Poll<Unit> poll(Context& context) {
    auto reading = reader->read(buffer);
    EXPECT_TRUE(reading.poll(context).is_pending());
    waits->store(true);
    const auto late = std::chrono::steady_clock::now() + 20ms;
    while (!drop->load() && std::chrono::steady_clock::now() < late) {
    }
    return Ready();
  }

  PipeReader* reader;
  std::atomic<bool>* waits;
  std::atomic<bool>* drop;
  std::array<char, 8> buffer{};
};

// A read that nobody waits for any more but that still counted would hide every deadlock.
TEST(IoSource, dropping_a_read_while_another_worker_closes_leaves_nothing_that_waits) {
  Runtime runtime({.workers = 2});
  runtime.block_on([]() -> TF_ASYNC(void) {
    for (int round = 0; round < 500; ++round) {
      Pipe pipe = Pipe::create();
      std::optional<PipeReader> reader(std::move(pipe.reader));
      std::atomic<bool> waits{false};
      std::atomic<bool> drop{false};
      auto dropping = spawn([&]() -> TF_ASYNC(void) {
        TF_AWAIT(ReadAndDrop{&*reader, &waits, &drop});
        TF_RETURN;
      });
      while (!waits.load()) TF_AWAIT(yield_now());
      drop.store(true);
      for (int i = 0; i < 8 * round; ++i) (void)drop.load();  // the other has to see it first
      reader.reset();
      TF_AWAIT(dropping);
    }
    TF_RETURN;
  });
  EXPECT_THROW(runtime.block_on([]() -> TF_ASYNC(void) {
    Notify never;
    TF_AWAIT(never.notified());
    TF_RETURN;
  }),
               Deadlock);
}

// Each runtime has an epoll instance and an eventfd: none is left behind when sources were closed
// while other workers were in a turn.
TEST(IoSource, closing_in_a_turn_leaves_no_descriptor_of_the_runtime_behind) {
  const auto count_open = [] {
    int open = 0;
    for (int fd = 0; fd < 1024; ++fd) open += is_open(fd) ? 1 : 0;
    return open;
  };
  const int before = count_open();
  for (int round = 0; round < 10; ++round) {
    Runtime runtime({.workers = 2});
    runtime.block_on([]() -> TF_ASYNC(void) {
      std::vector<JoinHandle<void>> tasks;
      for (int i = 0; i < 20; ++i) {
        tasks.push_back(spawn([]() -> TF_ASYNC(void) {
          Pair pair = TF_AWAIT(connected_pair());
          auto writer = spawn([&]() -> TF_ASYNC(void) {
            TcpStream stream = std::move(pair.client);
            TF_AWAIT(stream.write_all("x"));
            TF_RETURN;
          });
          std::string text;
          TF_AWAIT(pair.server.read_to_end(text));
          TF_AWAIT(writer);
          TF_RETURN;
        }));
      }
      for (auto& task : tasks) TF_AWAIT(task);
      TF_RETURN;
    });
  }
  EXPECT_EQ(count_open(), before);
}

}  // namespace
}  // namespace twofold
