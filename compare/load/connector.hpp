// How a load opens its connections and moves bytes over them: system calls with their errors sorted
// into what the caller acts on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "protocol/loopback.hpp"

namespace twofold::compare {

// How many connections may wait to be taken up by the server at once. Below any server's backlog:
// an overflowing backlog drops handshakes, which come back a second later.
inline constexpr std::size_t kMaxConnecting = 256;

// Begins a non-blocking connection to `port` of 127.0.0.1; it is established, or has failed, when
// the socket becomes writable. Throws Capped when the machine has no descriptor, port or memory for
// it; `index` says in the message how many came before.
[[nodiscard]] Descriptor begin_connect(std::uint16_t port, std::size_t index);

// The same from the source address 127.0.0.2 + `source`: each has a range of ports of its own.
[[nodiscard]] Descriptor begin_connect_from(std::uint16_t port, std::size_t index,
                                            std::size_t source);

// What became of one attempt to send or receive.
struct Transfer {
  std::size_t bytes = 0;
  bool would_block = false;
  bool end_of_stream = false;
};

// One send or receive on a connected socket. Throws CheckFailed with the connection's number when
// the connection is broken.
[[nodiscard]] Transfer send_some(const Descriptor& socket, std::span<const char> bytes,
                                 std::size_t connection);
[[nodiscard]] Transfer receive_some(const Descriptor& socket, std::span<char> buffer,
                                    std::size_t connection);

// "connection 17: WHAT", the form of all complaints about one connection.
[[nodiscard]] std::string about_connection(std::size_t connection, const std::string& what);

}  // namespace twofold::compare
