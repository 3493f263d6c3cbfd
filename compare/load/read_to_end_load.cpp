// The load `read_to_end`: each connection sends one stream in chunks with pauses between them, ends
// its sending side, and must get the FNV-1a hash of its stream, and then the end.
//
// A connection is one operation from its opening to its end, so the meter runs from before the
// first is opened: taking a connection up and closing it are part of the server's work here.
// Latency is from the end of the sent stream to the whole answer: the pauses are the client's own.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <vector>

#include "load/connector.hpp"
#include "load/load.hpp"
#include "load/payload.hpp"
#include "load/poller.hpp"
#include "protocol/checksum.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

using Clock = std::chrono::steady_clock;

struct Stream {
  Descriptor socket;
  std::size_t chunk = 0;  // the chunk that is sent next or is under way
  std::size_t sent_of_chunk = 0;
  bool pausing = false;  // waits for its turn in `pauses_`
  bool all_sent = false;
  Fnv1a hash;
  std::array<char, 8> answer{};
  std::size_t received = 0;
  Clock::time_point all_sent_at;
};

// A stream whose next chunk is due at an instant. All pauses are equally long, so they end in the
// order in which they began and a plain queue keeps them sorted.
struct Pause {
  Clock::time_point until;
  std::size_t index;
};

class ReadToEndLoad {
 public:
  explicit ReadToEndLoad(const LoadContext& context)
      : context_(context),
        stream_bytes_(static_cast<std::size_t>(context.params.get("stream_bytes"))),
        chunk_bytes_(static_cast<std::size_t>(context.params.get("chunk_bytes"))),
        gap_(context.params.get("gap_us")),
        streams_(static_cast<std::size_t>(context.params.get("connections"))),
        chunk_buffer_(std::min(chunk_bytes_, stream_bytes_)) {
    if (streams_.empty() || chunk_bytes_ == 0) {
      throw UsageError("read_to_end needs connections and chunk_bytes of at least 1");
    }
  }

  LoadResult run() {
    const Meter meter(context_.server);
    std::size_t opened = 0;
    while (ended_ < streams_.size()) {
      // A part of the connections between any two looks at the rest, so that none of these starve.
      for (std::size_t i = 0; i < kMaxConnecting && opened < streams_.size(); ++i) {
        open(opened++);
      }
      const bool all_opened = opened == streams_.size();
      for (const epoll_event& event : poller_.wait(context_.deadline, time_to_wait(all_opened))) {
        advance(event.data.u32);
      }
      resume_due();
    }
    // Without the last server's teardown as far as possible: it ends by itself after this.
    result_.usage = meter.usage();
    result_.ops = streams_.size();
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::size_t chunks() const {
    return (stream_bytes_ + chunk_bytes_ - 1) / chunk_bytes_;
  }

  void open(std::size_t index) {
    streams_[index].socket = begin_connect(context_.port, index);
    poller_.add(streams_[index].socket.get(), static_cast<std::uint32_t>(index));
  }

  [[nodiscard]] std::optional<std::chrono::nanoseconds> time_to_wait(bool all_opened) const {
    if (!all_opened) {
      return std::chrono::nanoseconds{0};
    }
    if (pauses_.empty()) {
      return std::nullopt;
    }
    return std::max<std::chrono::nanoseconds>(std::chrono::nanoseconds{0},
                                              pauses_.front().until - Clock::now());
  }

  void resume_due() {
    if (pauses_.empty()) {
      return;
    }
    const auto now = Clock::now();
    while (!pauses_.empty() && pauses_.front().until <= now) {
      const std::size_t index = pauses_.front().index;
      pauses_.pop_front();
      streams_[index].pausing = false;
      send_chunks(index);
    }
  }

  void advance(std::size_t index) {
    Stream& stream = streams_[index];
    if (!stream.socket.is_open()) {
      return;
    }
    if (!stream.all_sent && !stream.pausing) {
      send_chunks(index);
    }
    receive_answer(index);
  }

  // Sends until the socket is full, a pause is due, or all is sent.
  void send_chunks(std::size_t index) {
    Stream& stream = streams_[index];
    while (stream.chunk < chunks()) {
      const std::span<const char> rest = make_chunk(index).subspan(stream.sent_of_chunk);
      const Transfer transfer = send_some(stream.socket, rest, index);
      if (transfer.would_block) {
        return;
      }
      stream.sent_of_chunk += transfer.bytes;
      if (transfer.bytes == rest.size() && finish_chunk(index)) {
        return;
      }
    }
    end_sending(index);
  }

  // The chunk is a function of its number, so that none is kept while its connection waits.
  std::span<const char> make_chunk(std::size_t index) {
    const Stream& stream = streams_[index];
    const std::size_t before = stream.chunk * chunk_bytes_;
    const auto bytes =
        std::span(chunk_buffer_).first(std::min(chunk_bytes_, stream_bytes_ - before));
    fill_message(bytes, context_.params.seed(), index, stream.chunk);
    return bytes;
  }

  // True when a pause follows. `chunk_buffer_` still holds the chunk.
  bool finish_chunk(std::size_t index) {
    Stream& stream = streams_[index];
    stream.hash.update({chunk_buffer_.data(), stream.sent_of_chunk});
    stream.sent_of_chunk = 0;
    if (++stream.chunk == chunks() || gap_.count() == 0) {
      return false;
    }
    stream.pausing = true;
    pauses_.push_back({Clock::now() + gap_, index});
    return true;
  }

  void end_sending(std::size_t index) {
    Stream& stream = streams_[index];
    stream.all_sent = true;
    stream.all_sent_at = Clock::now();
    // Refused only while the handshake of an empty stream is under way.
    if (::shutdown(stream.socket.get(), SHUT_WR) != 0) {
      stream.all_sent = false;
    }
  }

  void receive_answer(std::size_t index) {
    Stream& stream = streams_[index];
    while (true) {
      // A byte more than the answer has, so that an excess is seen.
      std::array<char, 9> bytes;
      const Transfer transfer = receive_some(stream.socket, bytes, index);
      if (transfer.would_block) {
        return;
      }
      if (transfer.end_of_stream) {
        finish_stream(index);
        return;
      }
      if (!stream.all_sent || stream.received + transfer.bytes > stream.answer.size()) {
        throw CheckFailed(about_connection(
            index, stream.all_sent ? "the server's answer is longer than 8 bytes"
                                   : "the server answered before the end of the stream"));
      }
      std::copy_n(bytes.begin(), transfer.bytes,
                  stream.answer.begin() + static_cast<std::ptrdiff_t>(stream.received));
      stream.received += transfer.bytes;
      if (stream.received == stream.answer.size()) {
        take_answer(index);
      }
    }
  }

  void take_answer(std::size_t index) {
    Stream& stream = streams_[index];
    const std::chrono::nanoseconds waited = Clock::now() - stream.all_sent_at;
    result_.latency.record(static_cast<std::uint64_t>(waited.count()));
    if (stream.answer != to_little_endian(stream.hash.value())) {
      throw CheckFailed(about_connection(index, "the server's answer is not the stream's hash"));
    }
    result_.expected_checksum += stream.hash.value();
    // The server may end as soon as it has closed its last connection, and its memory cannot be
    // read after that; so it is read at every power of two answers left, the last included.
    if (const std::size_t left = streams_.size() - ++answered_; (left & (left - 1)) == 0) {
      context_.server.note_peak_memory();
    }
  }

  void finish_stream(std::size_t index) {
    Stream& stream = streams_[index];
    if (stream.received != stream.answer.size()) {
      throw CheckFailed(about_connection(index, "the server closed it after " +
                                                    std::to_string(stream.received) +
                                                    " of 8 bytes of the answer"));
    }
    stream.socket.reset();
    ++ended_;
  }

  const LoadContext& context_;
  std::size_t stream_bytes_;
  std::size_t chunk_bytes_;
  std::chrono::microseconds gap_;
  std::vector<Stream> streams_;
  std::vector<char> chunk_buffer_;
  std::deque<Pause> pauses_;
  Poller poller_;
  std::size_t answered_ = 0;
  std::size_t ended_ = 0;
  LoadResult result_;
};

}  // namespace

LoadResult run_read_to_end_load(const LoadContext& context) { return ReadToEndLoad(context).run(); }

}  // namespace twofold::compare
