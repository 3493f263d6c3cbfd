// echo_server: sends back what each client sends it, a task for each connection.
//
//     echo_server [ADDRESS] [--once]
//
// ADDRESS is 127.0.0.1:0 where it is not given; port 0 lets the system choose. The server prints
// the address that it listens on and serves until it gets SIGINT or SIGTERM, or, with --once, until
// its first connection is closed.
#include <signal.h>

#include <array>
#include <cstdio>
#include <exception>
#include <span>
#include <string_view>
#include <twofold/twofold.hpp>

namespace {

TF_ASYNC(std::size_t) echo(twofold::TcpStream stream) {
  std::array<std::byte, 4096> buffer;
  std::size_t total = 0;
  while (const std::size_t n = TF_AWAIT(stream.read(buffer))) {
    TF_AWAIT(stream.write_all(std::span(buffer).first(n)));
    total += n;
  }
  TF_RETURN total;
}

// A client that breaks the connection ends its own task, not the server.
TF_ASYNC(void) serve_client(twofold::TcpStream stream) {
  try {
    const std::size_t total = TF_AWAIT(echo(std::move(stream)));
    std::printf("echoed %zu bytes\n", total);
  } catch (const std::exception& error) {
    std::printf("connection lost: %s\n", error.what());
  }
  TF_RETURN;
}

TF_ASYNC(void) accept_clients(twofold::TcpListener& listener, bool once) {
  do {
    auto client = twofold::spawn(serve_client, TF_AWAIT(listener.accept()));
    if (once) TF_AWAIT(client);
  } while (!once);
  TF_RETURN;
}

TF_ASYNC(void) serve(std::string_view address, bool once) {
  auto listener = twofold::TcpListener::bind(address);
  std::printf("listening on %s\n", listener.local_address().to_string().c_str());
  std::fflush(stdout);
  TF_AWAIT(twofold::select(twofold::signal(SIGINT), twofold::signal(SIGTERM),
                           twofold::async(accept_clients, std::ref(listener), once)));
  std::printf("goodbye\n");
  TF_RETURN;
}

}  // namespace

int main(int argc, char** argv) {
  std::string_view address = "127.0.0.1:0";
  bool once = false;
  for (const std::string_view argument :
       std::span(argv, static_cast<std::size_t>(argc)).subspan(1)) {
    if (argument == "--once") {
      once = true;
    } else {
      address = argument;
    }
  }
  try {
    twofold::block_on(serve, address, once);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "echo_server: %s\n", error.what());
    return 1;
  }
  return 0;
}
