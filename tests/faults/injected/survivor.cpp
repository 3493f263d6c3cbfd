// A program that meets a failing system call: it uses sockets, timers, threads for blocking work
// and stacks, and tries again when an error is reported.
//
// Exit status 0: the answer came, at once or, from the same runtime, after a reported error. Any
// other, or a signal: it did not survive.
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <twofold/twofold.hpp>

namespace {

constexpr int kClients = 4;

TF_ASYNC(void) echo(twofold::TcpStream stream, std::size_t& bytes) {
  std::array<std::byte, 512> buffer;
  const std::size_t n = TF_AWAIT(stream.read(buffer));
  TF_AWAIT(stream.write_all(std::span(buffer).first(n)));
  bytes += n;
  TF_RETURN;
}

TF_ASYNC(void) serve(twofold::TcpListener& listener, std::size_t& bytes) {
  twofold::TaskGroup clients;
  for (int i = 0; i < kClients; ++i)
    clients.spawn(echo, TF_AWAIT(listener.accept()), std::ref(bytes));
  TF_AWAIT(clients.join());
  TF_RETURN;
}

TF_ASYNC(void) be_clients(const twofold::TcpListener& listener, std::size_t& bytes) {
  for (int i = 0; i < kClients; ++i) {
    auto client = TF_AWAIT(twofold::TcpStream::connect(listener.local_address()));
    std::array<std::byte, 5> hello{};
    TF_AWAIT(client.write_all(hello));
    TF_AWAIT(client.read_exact(hello));
    bytes += hello.size();
  }
  TF_RETURN;
}

TF_ASYNC(std::size_t) use_everything() {
  auto listener = twofold::TcpListener::bind("127.0.0.1:0");
  std::size_t served = 0;
  std::size_t answered = 0;
  // Who fails takes the other side along: it would wait for ever.
  twofold::TaskGroup sides;
  sides.spawn(serve, std::ref(listener), std::ref(served));
  sides.spawn(be_clients, std::ref(listener), std::ref(answered));
  TF_AWAIT(sides.join());
  auto work = twofold::spawn_blocking([] { return std::string(100'000, 'x').size(); });
  answered += TF_AWAIT(work) + served;
  TF_AWAIT(twofold::sleep(std::chrono::milliseconds(1)));
  TF_RETURN answered;
}

}  // namespace

int main() {
  std::puts("begun");  // what failed before was the loader's
  std::fflush(stdout);
  std::optional<twofold::Runtime> runtime;  // kept where it could be made: it has to be usable
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      if (!runtime) runtime.emplace();
      // A server that waits for clients which gave up would wait for ever.
      const auto answered = runtime->block_on(
          twofold::timeout(std::chrono::seconds(5), twofold::async(use_everything)));
      if (answered == std::size_t{2 * kClients * 5 + 100'000}) return 0;
      std::puts(answered ? "wrong answer" : "too late");
      return 2;
    } catch (const std::system_error& error) {
      std::printf("reported: %s\n", error.what());
    } catch (const twofold::UnexpectedEnd& error) {
      std::printf("reported, the other side failed first: %s\n", error.what());
    } catch (const std::bad_alloc&) {
      std::puts("reported: no memory");
    }
  }
  std::puts("it fails again and again");
  return 3;
}
