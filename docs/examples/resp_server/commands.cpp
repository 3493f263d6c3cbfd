#include "resp_server/commands.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace resp {
namespace {

using std::chrono::milliseconds;
using Arguments = std::span<const std::string_view>;

constexpr const char* kSyntax = "ERR syntax error";
constexpr const char* kNoNumber = "ERR value is not an integer or out of range";

void append_status(std::string& replies, std::string_view text) {
  replies += '+';
  replies += text;
  replies += "\r\n";
}

void append_number(std::string& replies, char marker, std::int64_t number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  replies += marker;
  replies.append(digits.data(), end);
  replies += "\r\n";
}

void append_integer(std::string& replies, std::int64_t number) {
  append_number(replies, ':', number);
}

void append_bulk(std::string& replies, std::string_view text) {
  append_number(replies, '$', static_cast<std::int64_t>(text.size()));
  replies += text;
  replies += "\r\n";
}

void append_value(std::string& replies, const std::string* value) {
  if (value == nullptr) {
    replies += "$-1\r\n";
  } else {
    append_bulk(replies, *value);
  }
}

bool equals(std::string_view text, std::string_view upper) {
  return std::equal(text.begin(), text.end(), upper.begin(), upper.end(), [](char a, char b) {
    return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
  });
}

bool parse_integer(std::string_view text, std::int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

// A time of so many units from now; nothing where it does not fit.
std::optional<Store::Time> time_from_now(std::int64_t count, std::int64_t unit_ms) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 4'000'000;  // in ns
  if (count > kMost / unit_ms || count < -kMost / unit_ms) return std::nullopt;
  return Store::Clock::now() + milliseconds(count * unit_ms);
}

void ping(Arguments arguments, Store&, std::string& replies) {
  if (arguments.empty()) {
    append_status(replies, "PONG");
  } else {
    append_bulk(replies, arguments[0]);
  }
}

void echo(Arguments arguments, Store&, std::string& replies) { append_bulk(replies, arguments[0]); }

void get(Arguments arguments, Store& store, std::string& replies) {
  store.get(arguments[0], [&](const std::string* value) { append_value(replies, value); });
}

void mget(Arguments arguments, Store& store, std::string& replies) {
  append_number(replies, '*', static_cast<std::int64_t>(arguments.size()));
  for (const std::string_view key : arguments) get({&key, 1}, store, replies);
}

void set(Arguments arguments, Store& store, std::string& replies) {
  Store::Only only = Store::Only::kAlways;
  std::optional<Store::Time> expiry;
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    const bool is_seconds = equals(arguments[i], "EX");
    std::int64_t count = 0;
    if (equals(arguments[i], "NX") && only == Store::Only::kAlways) {
      only = Store::Only::kIfAbsent;
    } else if (equals(arguments[i], "XX") && only == Store::Only::kAlways) {
      only = Store::Only::kIfPresent;
    } else if ((is_seconds || equals(arguments[i], "PX")) && !expiry && i + 1 < arguments.size()) {
      if (!parse_integer(arguments[++i], count)) return append_error(replies, kNoNumber);
      if (count > 0) expiry = time_from_now(count, is_seconds ? 1000 : 1);
      if (!expiry) return append_error(replies, "ERR invalid expire time in 'set' command");
    } else {
      return append_error(replies, kSyntax);
    }
  }
  if (store.set(arguments[0], arguments[1], only, expiry)) {
    append_status(replies, "OK");
  } else {
    append_value(replies, nullptr);
  }
}

void del(Arguments arguments, Store& store, std::string& replies) {
  std::int64_t erased = 0;
  for (const std::string_view key : arguments) erased += store.erase(key) ? 1 : 0;
  append_integer(replies, erased);
}

void exists(Arguments arguments, Store& store, std::string& replies) {
  std::int64_t present = 0;
  for (const std::string_view key : arguments) {
    store.get(key, [&](const std::string* value) { present += value != nullptr ? 1 : 0; });
  }
  append_integer(replies, present);
}

void increase(std::string_view key, std::int64_t amount, Store& store, std::string& replies) {
  std::int64_t result = 0;
  switch (store.add(key, amount, result)) {
    case Store::Added::kDone:
      return append_integer(replies, result);
    case Store::Added::kNotANumber:
      return append_error(replies, kNoNumber);
    case Store::Added::kOverflow:
      return append_error(replies, "ERR increment or decrement would overflow");
  }
}

void incr(Arguments arguments, Store& store, std::string& replies) {
  increase(arguments[0], 1, store, replies);
}

void decr(Arguments arguments, Store& store, std::string& replies) {
  increase(arguments[0], -1, store, replies);
}

void incrby(Arguments arguments, Store& store, std::string& replies) {
  std::int64_t amount = 0;
  if (!parse_integer(arguments[1], amount)) return append_error(replies, kNoNumber);
  increase(arguments[0], amount, store, replies);
}

void expire_in(Arguments arguments, std::int64_t unit_ms, Store& store, std::string& replies) {
  std::int64_t count = 0;
  if (!parse_integer(arguments[1], count)) return append_error(replies, kNoNumber);
  const auto time = time_from_now(count, unit_ms);
  if (!time) return append_error(replies, "ERR invalid expire time in 'expire' command");
  append_integer(replies, store.expire(arguments[0], *time) ? 1 : 0);
}

void expire(Arguments arguments, Store& store, std::string& replies) {
  expire_in(arguments, 1000, store, replies);
}

void pexpire(Arguments arguments, Store& store, std::string& replies) {
  expire_in(arguments, 1, store, replies);
}

// As Redis: -2 where there is no key, -1 where it does not expire.
void append_time_left(Arguments arguments, std::int64_t unit_ms, Store& store,
                      std::string& replies) {
  const Store::TimeLeft time = store.time_left(arguments[0]);
  if (!time.is_present) return append_integer(replies, -2);
  if (!time.left) return append_integer(replies, -1);
  append_integer(replies, (time.left->count() + unit_ms / 2) / unit_ms);
}

void ttl(Arguments arguments, Store& store, std::string& replies) {
  append_time_left(arguments, 1000, store, replies);
}

void pttl(Arguments arguments, Store& store, std::string& replies) {
  append_time_left(arguments, 1, store, replies);
}

void dbsize(Arguments, Store& store, std::string& replies) {
  append_integer(replies, static_cast<std::int64_t>(store.size()));
}

void flushall(Arguments, Store& store, std::string& replies) {
  store.clear();
  append_status(replies, "OK");
}

void info(Arguments, Store& store, std::string& replies) {
  append_bulk(replies,
              "# Server\r\nserver_name:twofold resp_server\r\nredis_version:7.0.0\r\n"
              "redis_mode:standalone\r\n\r\n# Keyspace\r\ndb0:keys=" +
                  std::to_string(store.size()) + "\r\n");
}

// What redis-cli and redis-benchmark ask for at first: there are no descriptions and no settings.
void nothing(Arguments, Store&, std::string& replies) { append_number(replies, '*', 0); }

void select(Arguments arguments, Store&, std::string& replies) {
  if (arguments[0] != "0") return append_error(replies, "ERR DB index is out of range");
  append_status(replies, "OK");
}

struct Entry {
  std::string_view name;
  std::size_t least;  // arguments
  std::size_t most;
  void (*run)(Arguments, Store&, std::string&);
};

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
constexpr Entry kCommands[] = {{"GET", 1, 1, get},
                               {"SET", 2, kAny, set},
                               {"INCR", 1, 1, incr},
                               {"MGET", 1, kAny, mget},
                               {"PING", 0, 1, ping},
                               {"DEL", 1, kAny, del},
                               {"EXPIRE", 2, 2, expire},
                               {"PEXPIRE", 2, 2, pexpire},
                               {"TTL", 1, 1, ttl},
                               {"PTTL", 1, 1, pttl},
                               {"EXISTS", 1, kAny, exists},
                               {"DECR", 1, 1, decr},
                               {"INCRBY", 2, 2, incrby},
                               {"ECHO", 1, 1, echo},
                               {"DBSIZE", 0, 0, dbsize},
                               {"FLUSHALL", 0, 1, flushall},
                               {"INFO", 0, kAny, info},
                               {"SELECT", 1, 1, select},
                               {"COMMAND", 0, kAny, nothing},
                               {"CONFIG", 1, kAny, nothing}};

}  // namespace

void append_error(std::string& replies, const char* text) {
  replies += '-';
  replies += text;
  replies += "\r\n";
}

bool execute(const Command& command, Store& store, std::string& replies) {
  const std::string_view name = command[0];
  const Arguments arguments = Arguments(command).subspan(1);
  if (equals(name, "QUIT")) {
    append_status(replies, "OK");
    return false;
  }
  for (const Entry& entry : kCommands) {
    if (!equals(name, entry.name)) continue;
    if (arguments.size() < entry.least || arguments.size() > entry.most) {
      append_error(replies, "ERR wrong number of arguments");
    } else {
      entry.run(arguments, store, replies);
    }
    return true;
  }
  append_error(replies, "ERR unknown command");
  return true;
}

}  // namespace resp
