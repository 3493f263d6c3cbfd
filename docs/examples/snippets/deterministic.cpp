// Snippets of docs/design/deterministic-mode.md.
#include <array>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <span>
#include <twofold/twofold.hpp>

namespace {

TF_ASYNC(void) answer(twofold::TcpListener& listener) {
  auto client = TF_AWAIT(listener.accept());
  std::array<std::byte, 4> word{};
  TF_AWAIT(client.read_exact(word));
  TF_AWAIT(client.write_all(word));
  TF_RETURN;
}

TF_ASYNC(void) program() {
  auto listener = twofold::TcpListener::bind("127.0.0.1:80");
  auto server = twofold::spawn(answer, std::ref(listener));
  auto client = TF_AWAIT(twofold::TcpStream::connect("127.0.0.1:80"));
  std::array<std::byte, 4> word{};
  TF_AWAIT(client.write_all(word));
  TF_AWAIT(client.read_exact(word));
  TF_AWAIT(server);
  TF_RETURN;
}

void run_once() {
  // [seed]
  twofold::Runtime runtime({.seed = 17, .network = twofold::Network::in_memory});
  runtime.block_on(program);
  // [seed]
}

int run_many() {
  // [seeds]
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    try {
      twofold::Runtime runtime({.seed = seed, .network = twofold::Network::in_memory});
      runtime.block_on(program);
    } catch (const std::exception& error) {
      std::printf("seed %ju: %s\n", std::uintmax_t{seed}, error.what());
      return 1;
    }
  }
  // [seeds]
  std::puts("a thousand seeds passed");
  return 0;
}

}  // namespace

int main() {
  run_once();
  return run_many();
}
