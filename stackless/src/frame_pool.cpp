// FramePool: chunks, and what becomes of the lists of a thread that ends.
#include "twofold/stackless/frame_pool.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace twofold {
inline namespace stackless {
namespace coro {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;

std::atomic<std::size_t> bytes_reserved{0};

}  // namespace

constinit thread_local FramePool frame_pool;

// Leaves the lists of a thread that ends to the next thread that runs out of frames.
class FramePoolOwner {
 public:
  FramePoolOwner() {
    const std::lock_guard guard(orphans_lock());
    adopt(frame_pool);
  }
  ~FramePoolOwner() {
    const std::lock_guard guard(orphans_lock());
    for (std::size_t i = 0; i < FramePool::kLists; ++i) {
      while (FramePool::FreeBlock* block = frame_pool.free_[i]) {
        frame_pool.free_[i] = block->next;
        block->next = orphans()[i];
        orphans()[i] = block;
      }
    }
  }
  FramePoolOwner(const FramePoolOwner&) = delete;
  FramePoolOwner& operator=(const FramePoolOwner&) = delete;

 private:
  static std::mutex& orphans_lock() {
    static std::mutex lock;
    return lock;
  }
  static FramePool::FreeBlock** orphans() {
    static FramePool::FreeBlock* lists[FramePool::kLists] = {};
    return lists;
  }
  static void adopt(FramePool& pool) noexcept {
    for (std::size_t i = 0; i < FramePool::kLists; ++i) {
      if (pool.free_[i] == nullptr) pool.free_[i] = std::exchange(orphans()[i], nullptr);
    }
  }
};

void* FramePool::allocate_slow(std::size_t bytes) {
  if (list_of(bytes) >= kLists) return ::operator new(bytes);
  // Made when the thread first runs out, so that a thread which never makes a frame pays nothing.
  thread_local FramePoolOwner owner;
  const std::size_t rounded = list_of(bytes) * kGranule;
  if (FreeBlock* const block = free_[list_of(bytes)]) {
    free_[list_of(bytes)] = block->next;
    return block;
  }
  if (static_cast<std::size_t>(chunk_end_ - chunk_) < rounded) {
    auto* const chunk = static_cast<std::byte*>(::operator new(kChunkBytes));
    bytes_reserved.fetch_add(kChunkBytes, std::memory_order_relaxed);
    // What is left of the old chunk serves as a smaller frame.
    if (const auto rest = static_cast<std::size_t>(chunk_end_ - chunk_); rest >= kGranule) {
      deallocate(chunk_, rest);
    }
    chunk_ = chunk;
    chunk_end_ = chunk + kChunkBytes;
  }
  void* const memory = chunk_;
  chunk_ += rounded;
  return memory;
}

std::size_t frame_bytes_reserved() noexcept {
  return bytes_reserved.load(std::memory_order_relaxed);
}

}  // namespace coro
}  // namespace stackless
}  // namespace twofold
