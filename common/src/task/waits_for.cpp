// The words for WaitsFor.
#include "twofold/task/waits_for.hpp"

namespace twofold::detail {

// By the enumerator's value; read by scripts/twofold-gdb.py too.
extern "C" {
extern const char* const twofold_waits_for[];
[[gnu::used]] constexpr const char* twofold_waits_for[] = {
    "a future",
    "a timer (sleep)",
    "a task's result (JoinHandle)",
    "the tasks of a group (TaskGroup)",
    "blocking work",
    "nothing, for ever (pending)",
    "room in a channel (send)",
    "a value from a channel (recv)",
    "the value of a oneshot",
    "a new value (watch)",
    "a value from a broadcast (recv)",
    "a mutex (lock)",
    "a lock (read)",
    "a lock (write)",
    "a semaphore (acquire)",
    "a notification (notified)",
    "other tasks (barrier)",
    "a wait group (wait)",
    "a connection to be made (connect)",
    "a connection (accept)",
    "a datagram (recv)",
    "room for a datagram (send)",
    "data to read (read)",
    "room to write (write)",
    "a descriptor to be ready (AsyncFd)",
    "a signal of the system (signal)",
};
}

const char* in_words(WaitsFor what) noexcept {
  return twofold_waits_for[static_cast<std::uint8_t>(what)];
}

}  // namespace twofold::detail
