// The network in memory: sockets, what is on its way between them, and what befalls it by the seed.
//
// A simulation of what programs may rely on with TCP, not of TCP: bytes arrive in order, each after
// a delay of its own; a read or a write may move only a part; a full buffer makes the writer wait;
// a half-closed connection still carries the other way; closing with unread data, or writing to who
// is gone, resets the connection. The model is the network of FoundationDB's simulator (Flow).
//
// Everything that is decided comes from one sequence of random numbers, used up in the order of the
// calls, so that the same program makes the same history.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "twofold/detail/seeded_random.hpp"
#include "twofold/net/address.hpp"
#include "twofold/reactor/reactor.hpp"
#include "twofold/reactor/virtual_socket.hpp"

namespace twofold::detail {
namespace {

using SocketId = std::uint64_t;
constexpr SocketId kNoSocket = 0;
constexpr std::size_t kBacklog = 128;
constexpr std::uint16_t kFirstEphemeralPort = 49152;

class SimulatedNetwork;

int fail(int error) noexcept {
  errno = error;
  return -1;
}

enum class Event : std::uint8_t {
  kData,
  kEnd,          // no more data will come
  kReset,        // the connection is dead
  kConnect,      // somebody wants to connect
  kEstablished,  // the other side has let us in
  kRefused,
};

struct Message {
  Event event;
  SocketId from;
  SocketId to;  // none: to who listens at `address`
  std::optional<SocketAddress> address;
  std::string bytes;
};

class SimulatedSocket final : public VirtualSocket {
 public:
  enum class State : std::uint8_t { kNew, kListening, kConnecting, kConnected, kRefused, kReset };

  explicit SimulatedSocket(std::shared_ptr<SimulatedNetwork> network);
  ~SimulatedSocket() override;

  void attach(IoSource& source) noexcept override { source_ = &source; }
  ssize_t read(std::span<std::byte> into) override;
  ssize_t write(std::span<const std::byte> from) override;
  int connect(const SocketAddress& to) override;
  IoSourcePtr accept() override;
  void shut_down_writing() noexcept override;
  [[nodiscard]] SocketAddress local_address() const override { return *local_; }
  [[nodiscard]] SocketAddress peer_address() const override {
    if (!remote_) {
      throw std::system_error(ENOTCONN, std::system_category(), "twofold: address of a socket");
    }
    return *remote_;
  }

  void receive(Message&& message);

 private:
  friend class SimulatedNetwork;

  void tell(Direction d) noexcept;
  void die() noexcept;

  std::shared_ptr<SimulatedNetwork> network_;
  SocketId id_;
  SocketId peer_ = kNoSocket;
  IoSource* source_ = nullptr;
  State state_ = State::kNew;
  bool end_arrived_ = false;
  bool end_sent_ = false;
  std::optional<SocketAddress> local_;
  std::optional<SocketAddress> remote_;
  std::deque<std::byte> arrived_;
  std::size_t on_its_way_ = 0;    // bytes that were sent here and have not arrived
  Nanoseconds last_arrival_ = 0;  // of what was sent here, which overtakes nothing
  std::deque<std::unique_ptr<SimulatedSocket>> backlog_;
};

class SimulatedNetwork final : public VirtualNetwork,
                               public std::enable_shared_from_this<SimulatedNetwork> {
 public:
  SimulatedNetwork(std::uint64_t seed, const NetworkFaults& faults)
      : faults_(faults), random_(seed, 1) {}

  IoSourcePtr listen(const SocketAddress& at) override;
  IoSourcePtr make_socket() override {
    return make_virtual_source(std::make_unique<SimulatedSocket>(shared_from_this()));
  }
  [[nodiscard]] Nanoseconds next_event() const noexcept override {
    return on_the_way_.empty() ? kNever : on_the_way_.begin()->first.first;
  }
  void advance(Nanoseconds now) override;

  // ---- for the sockets ----
  [[nodiscard]] SocketId add(SimulatedSocket& socket) {
    sockets_.emplace(++last_id_, &socket);
    return last_id_;
  }
  void remove(SocketId id) { sockets_.erase(id); }
  void stop_listening(const SocketAddress& at) { listeners_.erase(at.to_string()); }
  [[nodiscard]] SimulatedSocket* find(SocketId id) const {
    const auto socket = sockets_.find(id);
    return socket != sockets_.end() ? socket->second : nullptr;
  }
  void send(Message&& message);
  [[nodiscard]] SocketAddress next_local_address(const SocketAddress& to);
  [[nodiscard]] std::size_t buffer_bytes() const noexcept { return faults_.buffer_bytes; }
  /// How many of `bytes` a call moves.
  [[nodiscard]] std::size_t part_of(std::size_t bytes) noexcept {
    if (bytes < 2 || !random_.happens(faults_.partial_per_mille)) return bytes;
    return 1 + random_.below(bytes - 1);
  }
  [[nodiscard]] bool resets() noexcept { return random_.happens(faults_.resets_per_mille); }

 private:
  void deliver(Message&& message);
  void let_in(Message&& request);
  [[nodiscard]] SimulatedSocket* listener_at(const SocketAddress& address) const;

  NetworkFaults faults_;
  SeededRandom random_;
  Nanoseconds now_ = 0;
  SocketId last_id_ = kNoSocket;
  std::uint64_t last_message_ = 0;
  std::uint16_t next_port_ = kFirstEphemeralPort;
  std::unordered_map<SocketId, SimulatedSocket*> sockets_;
  std::map<std::string, SocketId> listeners_;  // by their address as text
  std::map<std::pair<Nanoseconds, std::uint64_t>, Message> on_the_way_;
};

// ---- sockets ----

SimulatedSocket::SimulatedSocket(std::shared_ptr<SimulatedNetwork> network)
    : network_(std::move(network)), id_(network_->add(*this)) {}

SimulatedSocket::~SimulatedSocket() {
  if (state_ == State::kListening) network_->stop_listening(*local_);
  if (state_ == State::kConnected) {
    if (!arrived_.empty()) {
      network_->send({Event::kReset, id_, peer_, {}, {}});
    } else {
      shut_down_writing();
    }
  }
  network_->remove(id_);
}

void SimulatedSocket::tell(Direction d) noexcept {
  if (source_ != nullptr) source_->on_virtual_event(d);
}

void SimulatedSocket::die() noexcept {
  state_ = State::kReset;
  arrived_.clear();
  tell(Direction::kRead);
  tell(Direction::kWrite);
}

ssize_t SimulatedSocket::read(std::span<std::byte> into) {
  if (state_ == State::kReset) return fail(ECONNRESET);
  if (state_ != State::kConnected) return fail(ENOTCONN);
  if (arrived_.empty()) return end_arrived_ ? 0 : fail(EAGAIN);
  const std::size_t n = network_->part_of(std::min(into.size(), arrived_.size()));
  const auto end = arrived_.begin() + static_cast<std::ptrdiff_t>(n);
  std::copy(arrived_.begin(), end, into.begin());
  arrived_.erase(arrived_.begin(), end);
  // There is room again.
  if (SimulatedSocket* const peer = network_->find(peer_)) peer->tell(Direction::kWrite);
  return static_cast<ssize_t>(n);
}

ssize_t SimulatedSocket::write(std::span<const std::byte> from) {
  if (state_ == State::kReset) return fail(ECONNRESET);
  if (state_ != State::kConnected) return fail(ENOTCONN);
  if (end_sent_) return fail(EPIPE);
  if (network_->resets()) {
    network_->send({Event::kReset, id_, peer_, {}, {}});
    die();
    return fail(ECONNRESET);
  }
  SimulatedSocket* const peer = network_->find(peer_);
  const std::size_t taken = peer != nullptr ? peer->arrived_.size() + peer->on_its_way_ : 0;
  const std::size_t room = network_->buffer_bytes() - std::min(taken, network_->buffer_bytes());
  if (room == 0) return fail(EAGAIN);
  const std::size_t n = network_->part_of(std::min(from.size(), room));
  if (peer != nullptr) peer->on_its_way_ += n;
  network_->send(
      {Event::kData, id_, peer_, {}, std::string(reinterpret_cast<const char*>(from.data()), n)});
  return static_cast<ssize_t>(n);
}

int SimulatedSocket::connect(const SocketAddress& to) {
  switch (state_) {
    case State::kNew:
      local_ = network_->next_local_address(to);
      remote_ = to;
      state_ = State::kConnecting;
      network_->send({Event::kConnect, id_, kNoSocket, to, {}});
      return fail(EINPROGRESS);
    case State::kConnecting:
      return fail(EALREADY);
    case State::kConnected:
      return fail(EISCONN);
    case State::kReset:
      return fail(ECONNRESET);
    default:
      return fail(ECONNREFUSED);
  }
}

IoSourcePtr SimulatedSocket::accept() {
  if (backlog_.empty()) {
    errno = EAGAIN;
    return nullptr;
  }
  std::unique_ptr<SimulatedSocket> connection = std::move(backlog_.front());
  backlog_.pop_front();
  return make_virtual_source(std::move(connection));
}

void SimulatedSocket::shut_down_writing() noexcept {
  if (state_ == State::kConnected && !std::exchange(end_sent_, true)) {
    network_->send({Event::kEnd, id_, peer_, {}, {}});
  }
}

void SimulatedSocket::receive(Message&& message) {
  if (message.event == Event::kData) on_its_way_ -= message.bytes.size();
  if (state_ == State::kReset) return;
  switch (message.event) {
    case Event::kData:
      for (const char c : message.bytes) arrived_.push_back(static_cast<std::byte>(c));
      tell(Direction::kRead);
      break;
    case Event::kEnd:
      end_arrived_ = true;
      tell(Direction::kRead);
      break;
    case Event::kEstablished:
      state_ = State::kConnected;
      peer_ = message.from;
      tell(Direction::kWrite);
      break;
    case Event::kRefused:
      state_ = State::kRefused;
      tell(Direction::kWrite);
      break;
    default:
      die();
      break;
  }
}

// ---- the network ----

IoSourcePtr SimulatedNetwork::listen(const SocketAddress& at) {
  const SocketAddress address = at.port() != 0 ? at : next_local_address(at);
  if (listener_at(address) != nullptr) {
    throw std::system_error(EADDRINUSE, std::system_category(),
                            "twofold: listen on " + address.to_string());
  }
  auto socket = std::make_unique<SimulatedSocket>(shared_from_this());
  socket->state_ = SimulatedSocket::State::kListening;
  socket->local_ = address;
  listeners_[address.to_string()] = socket->id_;
  return make_virtual_source(std::move(socket));
}

SocketAddress SimulatedNetwork::next_local_address(const SocketAddress& to) {
  SocketAddress address = to.with_port(next_port_);
  do {
    address = to.with_port(next_port_);
    next_port_ =
        next_port_ == 65535 ? kFirstEphemeralPort : static_cast<std::uint16_t>(next_port_ + 1);
  } while (listener_at(address) != nullptr);
  return address;
}

SimulatedSocket* SimulatedNetwork::listener_at(const SocketAddress& address) const {
  const std::string any = address.is_ipv6() ? "[::]:" : "0.0.0.0:";
  for (const std::string& text : {address.to_string(), any + std::to_string(address.port())}) {
    const auto listener = listeners_.find(text);
    if (listener != listeners_.end()) return find(listener->second);
  }
  return nullptr;
}

void SimulatedNetwork::send(Message&& message) {
  const auto least =
      static_cast<Nanoseconds>(std::max<std::int64_t>(faults_.least_latency.count(), 0));
  const auto most =
      static_cast<Nanoseconds>(std::max<std::int64_t>(faults_.most_latency.count(), 0));
  Nanoseconds arrival = now_ + least + random_.below(most > least ? most - least + 1 : 1);
  if (SimulatedSocket* const to = find(message.to)) {
    arrival = std::max(arrival, to->last_arrival_);
    to->last_arrival_ = arrival;
  }
  on_the_way_.emplace(std::pair(arrival, ++last_message_), std::move(message));
}

void SimulatedNetwork::advance(Nanoseconds now) {
  now_ = now;
  while (next_event() <= now) {
    Message message = std::move(on_the_way_.begin()->second);
    on_the_way_.erase(on_the_way_.begin());
    deliver(std::move(message));
  }
}

void SimulatedNetwork::deliver(Message&& message) {
  if (message.event == Event::kConnect) return let_in(std::move(message));
  if (SimulatedSocket* const to = find(message.to)) return to->receive(std::move(message));
  // Who is gone answers what still comes with a reset, but not a reset.
  const bool wants_answer = message.event == Event::kData || message.event == Event::kEstablished;
  if (wants_answer) send({Event::kReset, message.to, message.from, {}, {}});
}

void SimulatedNetwork::let_in(Message&& request) {
  SimulatedSocket* const client = find(request.from);
  if (client == nullptr) return;
  SimulatedSocket* const listener = listener_at(*request.address);
  if (listener == nullptr || listener->backlog_.size() >= kBacklog) {
    send({Event::kRefused, kNoSocket, request.from, {}, {}});
    return;
  }
  auto server = std::make_unique<SimulatedSocket>(shared_from_this());
  server->state_ = SimulatedSocket::State::kConnected;
  server->peer_ = request.from;
  server->local_ = request.address;
  server->remote_ = client->local_;
  send({Event::kEstablished, server->id_, request.from, {}, {}});
  listener->backlog_.push_back(std::move(server));
  listener->tell(Direction::kRead);
}

}  // namespace

std::shared_ptr<VirtualNetwork> make_simulated_network(std::uint64_t seed,
                                                       const NetworkFaults& faults) {
  return std::make_shared<SimulatedNetwork>(seed, faults);
}

}  // namespace twofold::detail
