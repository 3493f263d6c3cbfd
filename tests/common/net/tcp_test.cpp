#include "twofold/net/tcp.hpp"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "common/net/connected_pair.hpp"
#include "twofold/twofold.hpp"

namespace twofold {
namespace {

using namespace std::chrono_literals;

constexpr const char* kLoopback = "127.0.0.1:0";

using test::connected_pair;
using test::Pair;

TF_ASYNC(std::size_t) echo(TcpStream stream) {
  std::array<std::byte, 4096> buffer;
  std::size_t total = 0;
  while (std::size_t n = TF_AWAIT(stream.read(buffer))) {
    TF_AWAIT(stream.write_all(std::span(buffer).first(n)));
    total += n;
  }
  TF_RETURN total;
}

TEST(Tcp, an_echo_server_gives_back_what_it_is_sent) {
  const std::size_t total = block_on([]() -> TF_ASYNC(std::size_t) {
    TcpListener listener = TcpListener::bind(kLoopback);
    auto server = spawn([&listener]() -> TF_ASYNC(std::size_t) {
      TcpStream stream = TF_AWAIT(listener.accept());
      TF_RETURN TF_AWAIT(echo(std::move(stream)));
    });
    TcpStream client = TF_AWAIT(TcpStream::connect(listener.local_address()));
    std::array<char, 5> answer{};
    for (int i = 0; i < 100; ++i) {
      TF_AWAIT(client.write_all("hello"));
      TF_AWAIT(client.read_exact(answer));
      EXPECT_EQ(std::string_view(answer.data(), answer.size()), "hello");
    }
    client.shutdown();
    EXPECT_EQ(TF_AWAIT(client.read(answer)), 0U);
    EXPECT_EQ(TF_AWAIT(client.read(answer)), 0U) << "the end can be read again";
    TF_RETURN TF_AWAIT(server);
  });
  EXPECT_EQ(total, 500U);
}

TEST(Tcp, the_end_of_the_stream_comes_only_after_all_data) {
  for (int round = 0; round < 200; ++round) {
    block_on([&]() -> TF_ASYNC(void) {
      Pair pair = TF_AWAIT(connected_pair());
      const std::string sent(static_cast<std::size_t>(round) * 97, 'x');
      auto sender = spawn([&]() -> TF_ASYNC(void) {
        TcpStream stream = std::move(pair.client);
        TF_AWAIT(stream.write_all(sent));
        TF_RETURN;  // and closes at once
      });
      if (round % 2 == 0) TF_AWAIT(sender);
      std::string received;
      EXPECT_EQ(TF_AWAIT(pair.server.read_to_end(received)), sent.size());
      EXPECT_EQ(received, sent);
      if (round % 2 != 0) TF_AWAIT(sender);
      TF_RETURN;
    });
  }
}

TEST(Tcp, a_stream_that_was_shut_down_still_reads) {
  block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    TF_AWAIT(pair.client.write_all("question"));
    pair.client.shutdown();
    std::string question;
    EXPECT_EQ(TF_AWAIT(pair.server.read_to_end(question)), 8U);
    TF_AWAIT(pair.server.write_all("answer"));
    pair.server.shutdown();
    std::string answer;
    TF_AWAIT(pair.client.read_to_end(answer));
    EXPECT_EQ(answer, "answer");
    TF_RETURN;
  });
}

TEST(Tcp, a_reset_in_the_middle_of_a_write_is_an_error_and_no_signal) {
  block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    auto reset = spawn([&]() -> TF_ASYNC(void) {
      TF_AWAIT(sleep(5ms));
      TcpStream stream = std::move(pair.server);
      const linger at_once{1, 0};
      ::setsockopt(stream.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      TF_RETURN;
    });
    const std::string data(64 << 20, 'x');
    int error = 0;
    try {
      TF_AWAIT(pair.client.write_all(data));
    } catch (const std::system_error& failure) {
      error = failure.code().value();
    }
    EXPECT_TRUE(error == ECONNRESET || error == EPIPE) << error;
    try {
      TF_AWAIT(pair.client.write_all(data));
    } catch (const std::system_error& failure) {
      error = failure.code().value();
    }
    EXPECT_EQ(error, EPIPE);
    TF_AWAIT(reset);
    TF_RETURN;
  });
}

TEST(Tcp, much_data_goes_through_small_buffers_and_odd_reads_unchanged) {
  static constexpr std::size_t kBytes = 8 << 20;
  block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    const int small = 4096;
    ::setsockopt(pair.client.native_handle(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    auto sender = spawn([&]() -> TF_ASYNC(void) {
      TcpStream stream = std::move(pair.client);
      std::string data(kBytes, '\0');
      for (std::size_t i = 0; i < kBytes; ++i) data[i] = static_cast<char>(i * 2654435761U >> 24);
      TF_AWAIT(stream.write_all(data));
      TF_RETURN;
    });
    std::size_t received = 0;
    std::size_t wrong = 0;
    std::array<char, 17> buffer;
    for (std::size_t length = 1;; length = length % 17 + 1) {
      const std::size_t n = TF_AWAIT(pair.server.read(std::span(buffer).first(length)));
      if (n == 0) break;
      for (std::size_t i = 0; i < n; ++i, ++received) {
        if (buffer[i] != static_cast<char>(received * 2654435761U >> 24)) ++wrong;
      }
    }
    EXPECT_EQ(received, kBytes);
    EXPECT_EQ(wrong, 0U);
    TF_AWAIT(sender);
    TF_RETURN;
  });
}

TEST(Tcp, a_descriptor_number_that_is_used_again_sees_no_stale_event) {
  block_on([]() -> TF_ASYNC(void) {
    TcpListener listener = TcpListener::bind(kLoopback);
    std::array<char, 8> buffer;
    for (int i = 0; i < 10'000; ++i) {
      TcpStream client = TF_AWAIT(TcpStream::connect(listener.local_address()));
      TcpStream server = TF_AWAIT(listener.accept());
      // Waits, so that it is registered, and is dropped with an event on its way.
      auto nothing = TF_AWAIT(timeout(0ms, server.read(buffer)));
      EXPECT_FALSE(nothing.has_value());
      TF_AWAIT(client.write_all("x"));
      if (i % 4 == 0) TF_AWAIT(yield_now());
      const linger at_once{1, 0};  // no TIME_WAIT: the ports would run out
      ::setsockopt(client.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    TF_RETURN;
  });
}

TEST(Tcp, a_read_that_was_cancelled_loses_nothing) {
  block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    static constexpr int kNumbers = 2000;
    auto sender = spawn([&]() -> TF_ASYNC(void) {
      for (int i = 0; i < kNumbers; ++i) {
        std::array<char, 4> bytes{};
        std::memcpy(bytes.data(), &i, sizeof i);
        TF_AWAIT(pair.client.write_all(bytes));
        if (i % 3 == 0) TF_AWAIT(yield_now());
        if (i % 100 == 0) TF_AWAIT(sleep(200us));
      }
      pair.client.shutdown();
      TF_RETURN;
    });
    std::string received;
    int cancelled = 0;
    for (;;) {
      std::array<char, 7> buffer;
      const auto n = TF_AWAIT(timeout(20us, pair.server.read(buffer)));
      if (!n) {
        ++cancelled;
        continue;
      }
      if (*n == 0) break;
      received.append(buffer.data(), *n);
    }
    EXPECT_GT(cancelled, 0);
    EXPECT_EQ(received.size(), sizeof(int) * kNumbers);
    for (int i = 0; i < kNumbers && received.size() >= sizeof i; ++i) {
      int number = 0;
      std::memcpy(&number, received.data() + static_cast<std::size_t>(i) * sizeof i, sizeof i);
      EXPECT_EQ(number, i);
    }
    TF_AWAIT(sender);
    TF_RETURN;
  });
}

TEST(Tcp, accepting_goes_on_after_descriptors_ran_out) {
  block_on([]() -> TF_ASYNC(void) {
    TcpListener listener = TcpListener::bind(kLoopback);
    TcpStream client = TF_AWAIT(TcpStream::connect(listener.local_address()));
    auto accepting = spawn([&]() -> TF_ASYNC(TcpStream) { TF_RETURN TF_AWAIT(listener.accept()); });
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit none = before;
    none.rlim_cur = 3;
    ::setrlimit(RLIMIT_NOFILE, &none);
    TF_AWAIT(sleep(5ms));
    EXPECT_FALSE(accepting.is_finished());
    ::setrlimit(RLIMIT_NOFILE, &before);
    TcpStream server = TF_AWAIT(accepting);
    TF_AWAIT(server.write_all("late"));
    std::array<char, 4> buffer;
    TF_AWAIT(client.read_exact(buffer));
    EXPECT_EQ(std::string_view(buffer.data(), buffer.size()), "late");
    TF_RETURN;
  });
}

TEST(Tcp, nothing_happens_before_the_first_poll) {
  block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    std::array<char, 4> buffer{};
    {
      auto unread = pair.server.read(buffer);
      auto unsent = pair.client.write_all("never");
      auto unconnected = TcpStream::connect("127.0.0.1:1");
      auto moved = std::move(unconnected);
      TF_AWAIT(sleep(1ms));
    }
    pair.client.shutdown();
    EXPECT_EQ(TF_AWAIT(pair.server.read(buffer)), 0U);
    TF_RETURN;
  });
}

TEST(Tcp, a_refused_connection_names_the_address) {
  block_on([]() -> TF_ASYNC(void) {
    SocketAddress nobody = kLoopback;
    {
      TcpListener listener = TcpListener::bind(kLoopback);
      nobody = listener.local_address();
    }
    std::string message;
    int error = 0;
    try {
      TF_AWAIT(TcpStream::connect(nobody));
    } catch (const std::system_error& failure) {
      message = failure.what();
      error = failure.code().value();
    }
    EXPECT_EQ(error, ECONNREFUSED);
    EXPECT_NE(message.find("connect to " + nobody.to_string()), std::string::npos) << message;
    TF_RETURN;
  });
}

TEST(Tcp, binding_an_address_twice_names_the_address) {
  TcpListener first = TcpListener::bind(kLoopback);
  try {
    TcpListener second = TcpListener::bind(first.local_address());
    ADD_FAILURE() << "bound twice";
  } catch (const std::system_error& failure) {
    EXPECT_EQ(failure.code().value(), EADDRINUSE);
    EXPECT_NE(std::string_view(failure.what()).find(first.local_address().to_string()),
              std::string_view::npos);
  }
}

TEST(Tcp, halves_work_in_two_tasks) {
  block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    auto server = spawn(echo, std::move(pair.server));
    auto [reader, writer] = pair.client.split();
    const std::string data(1 << 20, 'd');
    auto sender = spawn(
        [](TcpWriteHalf half, const std::string& text) -> TF_ASYNC(void) {
          TF_AWAIT(half.write_all(text));
          half.shutdown();
          TF_RETURN;
        },
        std::move(writer), std::cref(data));
    std::string answer;
    TF_AWAIT(reader.read_to_end(answer));
    EXPECT_TRUE(answer == data);
    TF_AWAIT(sender);
    EXPECT_EQ(TF_AWAIT(server), data.size());
    TF_RETURN;
  });
}

TEST(Tcp, read_exact_says_how_much_came_before_the_end) {
  block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    TF_AWAIT(pair.client.write_all("abc"));
    pair.client.shutdown();
    std::array<std::byte, 8> buffer;
    std::size_t received = 0;
    try {
      TF_AWAIT(pair.server.read_exact(buffer));
    } catch (const UnexpectedEnd& end) {
      received = end.received();
    }
    EXPECT_EQ(received, 3U);
    TF_RETURN;
  });
}

TEST(Tcp, both_ends_know_both_addresses_and_send_without_delay) {
  block_on([]() -> TF_ASYNC(void) {
    for (const char* address : {"127.0.0.1:0", "[::1]:0"}) {
      TcpListener listener = TcpListener::bind(address);
      TcpStream client = TF_AWAIT(TcpStream::connect(listener.local_address()));
      TcpStream server = TF_AWAIT(listener.accept());
      EXPECT_EQ(client.peer_address(), listener.local_address());
      EXPECT_EQ(server.peer_address(), client.local_address());
      for (const TcpStream* stream : {&client, &server}) {
        int on = 0;
        socklen_t size = sizeof on;
        ::getsockopt(stream->native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, &size);
        EXPECT_EQ(on, 1);
      }
    }
    TF_RETURN;
  });
}

TEST(Tcp, what_lies_behind_urgent_data_is_read_too) {
  block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    std::array<char, 64> buffer;
    auto nothing = TF_AWAIT(timeout(1ms, pair.server.read(buffer)));
    EXPECT_FALSE(nothing.has_value());
    // The kernel stops a read at the urgent byte, though there is more behind it.
    const int client = pair.client.native_handle();
    EXPECT_EQ(::send(client, "ab!", 3, MSG_OOB), 3);
    EXPECT_EQ(::send(client, "cd", 2, 0), 2);
    TF_AWAIT(sleep(2ms));  // the event of all of it is there before the first read
    std::array<char, 4> four;
    const auto all = TF_AWAIT(timeout(1s, pair.server.read_exact(four)));
    EXPECT_TRUE(all.has_value());
    EXPECT_EQ(std::string_view(four.data(), 4), "abcd");
    TF_RETURN;
  });
}

}  // namespace
}  // namespace twofold
