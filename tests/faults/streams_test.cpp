// Rows 5, 29 and 33: tasks whose awaits are always ready beside timers and sockets, odd reads
// behind small buffers, numbers of descriptors that are used again.
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/net/connected_pair.hpp"
#include "fault_test.hpp"

namespace twofold::test {
namespace {

using namespace std::chrono_literals;

class Streams : public FaultTest {};
TWOFOLD_ON_ALL_WORKERS(Streams);

// ---- row 5 ----

TF_ASYNC(void) echo_bytes(TcpStream stream) {
  std::array<char, 1> byte{};
  while (std::size_t n = TF_AWAIT(stream.read(byte))) {
    TF_AWAIT(stream.write_all(std::span(byte).first(n)));
  }
  TF_RETURN;
}

// What the workers have run, and not how long that took: on a busy machine they wait for its
// processors.
std::chrono::nanoseconds processor_time() {
  std::timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// One for each worker that there may be, none of which ever has to wait.
TEST_P(Streams, Tasks_that_are_always_ready_keep_neither_timers_nor_sockets_from_their_turn) {
  constexpr int kTimes = 20;
  int on_time = 0;
  int answered = 0;
  runtime().block_on([&]() -> TF_ASYNC(void) {
    std::atomic<bool> stop{false};
    std::vector<JoinHandle<void>> greedy;
    for (int i = 0; i < 4; ++i) {
      greedy.push_back(spawn([&stop]() -> TF_ASYNC(void) {
        while (!stop.load(std::memory_order_relaxed)) TF_AWAIT(ready());
        TF_RETURN;
      }));
    }
    Pair pair = TF_AWAIT(connected_pair());
    auto answering = spawn(echo_bytes, std::move(pair.server));
    std::array<char, 1> byte{'x'};
    for (int i = 0; i < kTimes; ++i) {
      const auto start = processor_time();
      TF_AWAIT(sleep(10ms));
      on_time += processor_time() - start < 100ms ? 1 : 0;
      TF_AWAIT(pair.client.write_all(byte));
      const auto answer = TF_AWAIT(timeout(10s, pair.client.read(byte)));
      answered += answer.has_value() ? 1 : 0;
    }
    stop.store(true);
    pair.client.shutdown();
    TF_AWAIT(answering);
    for (auto& task : greedy) TF_AWAIT(task);
    TF_RETURN;
  });
  EXPECT_GE(on_time, kTimes * 3 / 4) << "of " << kTimes;
  EXPECT_EQ(answered, kTimes);
}

// ---- row 29 ----

char byte_at(std::size_t i) { return static_cast<char>(i * 2654435761U >> 24U); }

// 64 MB in the long form.
TEST_P(Streams, Many_bytes_behind_a_small_buffer_come_unchanged_by_reads_of_odd_sizes) {
  const auto bytes = static_cast<std::size_t>(scaled((64 << 20) / 10));
  std::size_t received = 0;
  std::size_t wrong = 0;
  runtime().block_on([&]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    const int small = 4096;
    const int descriptor = pair.client.native_handle();
    EXPECT_EQ(::setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    auto sending = spawn([&pair, bytes]() -> TF_ASYNC(void) {
      TcpStream stream = std::move(pair.client);
      std::string data(bytes, '\0');
      for (std::size_t i = 0; i < bytes; ++i) data[i] = byte_at(i);
      TF_AWAIT(stream.write_all(data));
      TF_RETURN;
    });
    std::array<char, 17> buffer{};
    for (std::size_t length = 1;; length = length % buffer.size() + 1) {
      const std::size_t n = TF_AWAIT(pair.server.read(std::span(buffer).first(length)));
      if (n == 0) break;
      for (std::size_t i = 0; i < n; ++i, ++received) {
        if (buffer[i] != byte_at(received)) ++wrong;
      }
    }
    TF_AWAIT(sending);
    TF_RETURN;
  });
  EXPECT_EQ(received, bytes);
  EXPECT_EQ(wrong, 0U);
}

// ---- row 33 ----

/// How often a connection had the number of the one before it, which was dropped with an event on
/// its way.
TF_ASYNC(int) drop_with_an_event_on_its_way(int rounds) {
  TcpListener listener = TcpListener::bind("127.0.0.1:0");
  std::array<char, 8> buffer{};
  int number_before = -1;
  int used_again = 0;
  for (int i = 0; i < rounds; ++i) {
    TcpStream client = TF_AWAIT(TcpStream::connect(listener.local_address()));
    TcpStream server = TF_AWAIT(listener.accept());
    used_again += server.native_handle() == number_before ? 1 : 0;
    number_before = server.native_handle();
    // Registers it; nothing has been sent.
    const auto nothing = TF_AWAIT(timeout(0ms, server.read(buffer)));
    EXPECT_FALSE(nothing.has_value()) << "round " << i;
    TF_AWAIT(client.write_all("x"));
    if (i % 4 == 0) TF_AWAIT(yield_now());
    const linger at_once{1, 0};  // no TIME_WAIT: the ports would run out
    ::setsockopt(client.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  TF_RETURN used_again;
}

// A hundred thousand in the long form, by two tasks, which with several workers take numbers from
// one another.
TEST_P(Streams, A_number_that_is_used_again_sees_no_event_of_the_one_before) {
  const int rounds = scaled(10'000) / 2;
  const int used_again = runtime().block_on([rounds]() -> TF_ASYNC(int) {
    auto one = spawn(drop_with_an_event_on_its_way, rounds);
    auto other = spawn(drop_with_an_event_on_its_way, rounds);
    int sum = TF_AWAIT(one);
    sum += TF_AWAIT(other);
    TF_RETURN sum;
  });
  EXPECT_GT(used_again, 0) << "no number was used again";
}

}  // namespace
}  // namespace twofold::test
