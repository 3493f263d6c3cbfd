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
// A spawned task's first frame is placed behind the task's header, so that a task is one
// allocation: see reserve().
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace twofold {
inline namespace stackless {
namespace coro {

class FramePool {
 public:
  static constexpr std::size_t kGranule = 16;
  static constexpr std::size_t kSmallest = 32;
  static constexpr std::size_t kLargestPooled = 2048;

  constexpr FramePool() = default;
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;

  /// Memory for `bytes`, at least kSmallest, aligned to 16. Throws std::bad_alloc. Hot path, guarded
  /// by `deep_await`.
  [[nodiscard]] void* allocate(std::size_t bytes) {
    const std::size_t list = list_of(bytes);
    if (list < kLists) [[likely]] {
      FreeBlock* const block = free_[list];
      if (block != nullptr) [[likely]] {
        free_[list] = block->next;
        return block;
      }
    }
    return allocate_slow(bytes);
  }

  /// Takes back what allocate(bytes) gave, on any thread.
  void deallocate(void* memory, std::size_t bytes) noexcept {
    const std::size_t list = list_of(bytes);
    if (list < kLists) [[likely]] {
      FreeBlock* const head = free_[list];
      const std::uint32_t depth = head != nullptr ? head->depth + 1 : first_depth_;
      if (depth <= kBatch) [[likely]] {
        free_[list] = ::new (memory) FreeBlock{head, nullptr, depth};
        return;
      }
    }
    deallocate_slow(memory, bytes);
  }

  // ---- the frame that is made next, or unmade next, is part of a task's block ----

  /// The next frame is to be placed at `memory` if it needs just `bytes`.
  void reserve(void* memory, std::size_t bytes) noexcept {
    reserved_ = memory;
    reserved_bytes_ = bytes;
    armed_ = true;
  }
  /// Ends reserve(). The size of the frame that was asked for, 0 where none was.
  [[nodiscard]] std::size_t end_reservation() noexcept {
    disowned_ = nullptr;
    const bool asked = !std::exchange(armed_, false);
    return asked ? reserved_bytes_ : 0;
  }
  /// The frame at `frame` is not the pool's: its operator delete does nothing.
  void disown(void* frame) noexcept { disowned_ = frame; }

  [[nodiscard]] void* allocate_frame(std::size_t bytes) {
    if (armed_) [[unlikely]] {
      armed_ = false;
      if (std::exchange(reserved_bytes_, bytes) == bytes) {
        disowned_ = reserved_;  // should the call throw after all
        return reserved_;
      }
    }
    return allocate(bytes);
  }
  void deallocate_frame(void* frame, std::size_t bytes) noexcept {
    if (frame == disowned_) [[unlikely]] {
      disowned_ = nullptr;
    } else {
      deallocate(frame, bytes);
    }
  }

 private:
  friend class FramePoolOwner;
  friend class FrameDepot;
  struct FreeBlock {
    FreeBlock* next;
    FreeBlock* next_batch;  // of the first block of a batch in the depot
    std::uint32_t depth;    // how many blocks the list has, from this one on
  };
  static_assert(sizeof(FreeBlock) <= kSmallest);
  static constexpr std::uint32_t kBatch = 64;
  static constexpr std::uint32_t kNotEntered = ~std::uint32_t{0};
  static constexpr std::size_t kLists = kLargestPooled / kGranule + 1;

  [[nodiscard]] static constexpr std::size_t list_of(std::size_t bytes) noexcept {
    return (bytes + kGranule - 1) / kGranule;
  }
  [[nodiscard]] void* allocate_slow(std::size_t bytes);
  void deallocate_slow(void* memory, std::size_t bytes) noexcept;
  void enter() noexcept;
  void leave() noexcept;
  void keep_rest() noexcept;

  // The depth of a list's only block: 1, but kNotEntered while the thread has not taken care that
  // its lists are left to others at its end, and once it has left them.
  std::uint32_t first_depth_ = kNotEntered;
  bool has_left_ = false;
  bool armed_ = false;
  void* reserved_ = nullptr;
  std::size_t reserved_bytes_ = 0;
  void* disowned_ = nullptr;
  std::byte* chunk_ = nullptr;
  std::byte* chunk_end_ = nullptr;
  FreeBlock* free_[kLists] = {};
  FreeBlock* spare_[kLists] = {};  // a whole batch, or none
};

/// This thread's pool. Never held across a suspension: the coroutine may resume on another thread.
extern constinit thread_local FramePool frame_pool [[gnu::tls_model("initial-exec")]];

/// Bytes in chunks that were taken from the system, by all threads.
[[nodiscard]] std::size_t frame_bytes_reserved() noexcept;

}  // namespace coro
}  // namespace stackless
}  // namespace twofold
