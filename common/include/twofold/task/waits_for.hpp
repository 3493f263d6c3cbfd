// WaitsFor: what a task that is parked waits for, as the future says that it awaits.
//
// A byte in the task's header, which dumps, deadlock reports and scripts/twofold-gdb.py turn into
// words.
#pragma once

#include <cstdint>

namespace twofold::detail {

enum class WaitsFor : std::uint8_t {
  kFuture,
  kTimer,
  kJoin,
  kGroup,
  kBlockingWork,
  kNothing,
  kRoomInChannel,
  kValueFromChannel,
  kOneshot,
  kWatch,
  kBroadcast,
  kMutex,
  kReadLock,
  kWriteLock,
  kSemaphore,
  kNotification,
  kBarrier,
  kWaitGroup,
  kConnect,
  kAccept,
  kDatagram,
  kRoomForDatagram,
  kData,
  kRoomToWrite,
  kDescriptor,
  kSignal,
};

/// In words, as in "waits for data to read (read)".
[[nodiscard]] const char* in_words(WaitsFor what) noexcept;

}  // namespace twofold::detail
