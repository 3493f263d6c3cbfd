// The tutorial's server, which is the README's too: sends back what each client sends.
#include <twofold/twofold.hpp>

TF_ASYNC(std::size_t) echo(twofold::TcpStream stream) {
  std::array<std::byte, 4096> buffer;
  std::size_t total = 0;
  while (std::size_t n = TF_AWAIT(stream.read(buffer))) {
    TF_AWAIT(stream.write_all(std::span(buffer).first(n)));
    total += n;
  }
  TF_RETURN total;
}

TF_ASYNC(void) serve() {
  auto listener = twofold::TcpListener::bind("127.0.0.1:8080");
  while (true) twofold::spawn(echo, TF_AWAIT(listener.accept()));
}

int main() { twofold::block_on(serve); }
