// The two ends of a TCP connection over loopback, for tests of what happens on one.
#pragma once

#include <twofold/twofold.hpp>
#include <utility>

namespace twofold::test {

struct Pair {
  TcpStream client;
  TcpStream server;
};

inline TF_ASYNC(Pair) connected_pair() {
  TcpListener listener = TcpListener::bind("127.0.0.1:0");
  TcpStream client = TF_AWAIT(TcpStream::connect(listener.local_address()));
  TcpStream server = TF_AWAIT(listener.accept());
  TF_RETURN Pair{std::move(client), std::move(server)};
}

}  // namespace twofold::test
