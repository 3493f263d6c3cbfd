// FramePool: memory for coroutine frames, from free lists of the thread, one for each size.
//
// Used by the promise's operator new. A frame's size is known where it is allocated, so that taking
// and giving back a frame is a load and two stores; the system's allocator is asked for a chunk at
// a time. Chunks are kept for the process.
//
// A frame may be given back on another thread than it came from, as happens all the time once tasks
// are stolen: it joins that thread's lists. So that frames do not pile up where they end while they
// are carved anew where they begin, a thread keeps at most two batches of a size; further ones go
// to a depot of the process, batch by batch, from which a thread that runs out takes them. This is
// the magazine layer of Bonwick and Adams (USENIX 2001). A thread that ends leaves all it has to
// the depot.
//
// The block of a spawned task (header, outcome, callable) comes from here too.
//
// Sizes go in steps of 8 bytes up to 256, though frames may have to be aligned to 16: an object's
// size is a multiple of its alignment, and the compilers keep to that for frames, so that what
// needs the alignment asks for a multiple of 16. Blocks of other sizes are carved two at a time,
// which keeps all else aligned. Above, steps of 16 keep the lists short: they are thread-local, of
// which a library that is loaded later may have little more than a kilobyte.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace twofold {
inline namespace stackless {
namespace coro {

class FramePool {
 public:
  static constexpr std::size_t kFineStep = 8;
  static constexpr std::size_t kLargestFine = 256;
  static constexpr std::size_t kStep = 16;
  static constexpr std::size_t kSmallest = 32;
  static constexpr std::size_t kLargestPooled = 2048;

  constexpr FramePool() = default;
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;

  /// Memory for `bytes`, at least kSmallest, aligned to 16 where that is a multiple of 16, and else
  /// to 8. Throws std::bad_alloc. Hot path, guarded by `deep_await`.
  [[nodiscard]] void* allocate(std::size_t bytes) {
    const std::size_t list = list_of(bytes);
    if (list < kLists) [[likely]] {
      FreeBlock* const block = free_[list];
      FreeBlock* const next = block->next;
      if (next != nullptr) [[likely]] {
        free_[list] = next;
        return block;
      }
    }
    return allocate_slow(bytes);
  }

  /// Takes back what allocate(bytes) gave, on any thread.
  void deallocate(void* memory, std::size_t bytes) noexcept {
    const std::size_t list = list_of(bytes);
    if (list < kLists) [[likely]] {
      put_back(memory, list);
    } else {
      ::operator delete(memory);
    }
  }

 private:
  friend class FramePoolOwner;
  friend class FrameDepot;
  struct FreeBlock {
    FreeBlock* next;      // never null, but at the end of a list
    std::ptrdiff_t room;  // how many blocks more may be put before it
  };
  /// The first block of a list that is in the depot, or put aside.
  struct Batch {
    FreeBlock* next;
    std::ptrdiff_t room;
    Batch* next_batch;  // in the depot
  };
  static_assert(sizeof(Batch) <= kSmallest);
  static constexpr std::ptrdiff_t kBatch = 64;
  static constexpr std::size_t kFineLists = kLargestFine / kFineStep;
  static constexpr std::size_t kLists = kFineLists + (kLargestPooled - kLargestFine) / kStep + 1;

  [[nodiscard]] static constexpr std::size_t list_of(std::size_t bytes) noexcept {
    return bytes <= kLargestFine ? (bytes + kFineStep - 1) / kFineStep
                                 : kFineLists + (bytes - kLargestFine + kStep - 1) / kStep;
  }
  [[nodiscard]] static constexpr std::size_t bytes_of(std::size_t list) noexcept {
    return list <= kFineLists ? list * kFineStep : kLargestFine + (list - kFineLists) * kStep;
  }
  // What an empty list begins with, so that taking a block asks one question, and nobody counts: of
  // a thread whose lists are left to others at its end, and of one which has not taken care of that
  // yet, or which has left them.
  static constinit FreeBlock end;
  static constinit FreeBlock closed_end;
  [[nodiscard]] static constexpr std::array<FreeBlock*, kLists> all_closed() noexcept {
    std::array<FreeBlock*, kLists> lists{};
    lists.fill(&closed_end);
    return lists;
  }
  void put_back(void* memory, std::size_t list) noexcept {
    FreeBlock* const next = free_[list];
    const std::ptrdiff_t room = next->room - 1;
    if (room >= 0) [[likely]] {
      free_[list] = ::new (memory) FreeBlock{next, room};
    } else {
      put_back_slow(memory, list);
    }
  }
  [[nodiscard]] void* allocate_slow(std::size_t bytes);
  void put_back_slow(void* memory, std::size_t list) noexcept;
  void enter() noexcept;
  void leave() noexcept;
  [[nodiscard]] std::byte* carve(std::size_t bytes);
  void keep_rest() noexcept;
  [[nodiscard]] Batch* take_list(std::size_t list) noexcept;
  void put_aside(Batch* batch, std::size_t list) noexcept;

  bool has_entered_ = false;
  bool has_left_ = false;
  std::byte* chunk_ = nullptr;
  std::byte* chunk_end_ = nullptr;
  std::array<FreeBlock*, kLists> free_ = all_closed();
  // For each list a whole batch, or none. Elsewhere, so that what is thread-local stays small: a
  // library that is loaded later finds some 1.6 KiB. Null where there was no memory for it.
  Batch** spare_ = nullptr;
};

/// This thread's pool. Never held across a suspension: the coroutine may resume on another thread.
extern constinit thread_local FramePool frame_pool [[gnu::tls_model("initial-exec")]];

/// Base of what lies in the pool besides frames. What is aligned to more than 16 comes from the
/// system's allocator.
struct InFramePool {
  static void* operator new(std::size_t bytes) { return frame_pool.allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept {
    frame_pool.deallocate(memory, bytes);
  }
  static void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return ::operator new(bytes, alignment);
  }
  static void operator delete(void* memory, std::size_t bytes,
                              std::align_val_t alignment) noexcept {
    ::operator delete(memory, bytes, alignment);
  }
};

/// Bytes in chunks that were taken from the system, by all threads.
[[nodiscard]] std::size_t frame_bytes_reserved() noexcept;

}  // namespace coro
}  // namespace stackless
}  // namespace twofold
