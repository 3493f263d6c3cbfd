// Store: keys, their values, and when they expire.
//
// Thread-safe by one mutex, held for one command and never across an await. Expired keys are gone
// for whoever asks; remove_expired() frees them.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace resp {

class Store {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  enum class Only : std::uint8_t { kAlways, kIfAbsent, kIfPresent };

  /// False: the condition did not hold. A value that is set anew has no expiry but `expiry`.
  bool set(std::string_view key, std::string_view value, Only only = Only::kAlways,
           std::optional<Time> expiry = std::nullopt) {
    const std::lock_guard held(lock_);
    auto found = find(key);
    const bool is_present = found != entries_.end();
    if ((only == Only::kIfAbsent && is_present) || (only == Only::kIfPresent && !is_present)) {
      return false;
    }
    if (!is_present) found = entries_.try_emplace(std::string(key)).first;
    found->second.value.assign(value);
    set_expiry(*found, expiry);
    return true;
  }

  /// Calls `use` with the value, or with nothing where there is none.
  template <class Use>
  void get(std::string_view key, Use use) {
    const std::lock_guard held(lock_);
    const auto found = find(key);
    if (found == entries_.end()) {
      use(static_cast<const std::string*>(nullptr));
    } else {
      use(&std::as_const(found->second.value));
    }
  }

  bool erase(std::string_view key) {
    const std::lock_guard held(lock_);
    const auto found = find(key);
    if (found == entries_.end()) return false;
    set_expiry(*found, std::nullopt);
    entries_.erase(found);
    return true;
  }

  enum class Added : std::uint8_t { kDone, kNotANumber, kOverflow };
  /// Adds to the number that the value is; there is none: 0.
  Added add(std::string_view key, std::int64_t amount, std::int64_t& result);

  /// False: there is no such key.
  bool expire(std::string_view key, Time time) {
    const std::lock_guard held(lock_);
    const auto found = find(key);
    if (found == entries_.end()) return false;
    set_expiry(*found, time);
    return true;
  }

  struct TimeLeft {
    bool is_present = false;
    std::optional<std::chrono::milliseconds> left;  ///< nothing: it does not expire
  };
  TimeLeft time_left(std::string_view key) {
    const std::lock_guard held(lock_);
    const auto found = find(key);
    if (found == entries_.end()) return {};
    if (!found->second.expiry) return {.is_present = true, .left = std::nullopt};
    return {
        .is_present = true,
        .left = std::chrono::ceil<std::chrono::milliseconds>(*found->second.expiry - Clock::now())};
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard held(lock_);
    return entries_.size();
  }

  void clear() {
    const std::lock_guard held(lock_);
    expiries_.clear();
    entries_.clear();
  }

  /// Frees keys whose time is over, `most` of them at once. True: there may be more.
  bool remove_expired(std::size_t most) {
    const std::lock_guard held(lock_);
    const Time now = Clock::now();
    for (; most > 0 && !expiries_.empty() && expiries_.begin()->first <= now; --most) {
      const std::string key = expiries_.begin()->second;
      expiries_.erase(expiries_.begin());
      entries_.erase(key);
    }
    return most == 0;
  }

 private:
  struct Entry {
    std::string value;
    std::optional<Time> expiry;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const noexcept {
      return std::hash<std::string_view>{}(key);
    }
  };
  using Entries = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;

  // The entry, if it is there and has not expired.
  Entries::iterator find(std::string_view key) {
    const auto found = entries_.find(key);
    if (found == entries_.end() || !found->second.expiry || *found->second.expiry > Clock::now()) {
      return found;
    }
    set_expiry(*found, std::nullopt);
    entries_.erase(found);
    return entries_.end();
  }

  void set_expiry(Entries::value_type& entry, std::optional<Time> expiry) {
    if (entry.second.expiry) expiries_.erase({*entry.second.expiry, entry.first});
    entry.second.expiry = expiry;
    if (expiry) expiries_.emplace(*expiry, entry.first);
  }

  mutable std::mutex lock_;
  Entries entries_;
  std::set<std::pair<Time, std::string>> expiries_;  // by time
};

}  // namespace resp
