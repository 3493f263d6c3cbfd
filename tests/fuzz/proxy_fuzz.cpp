// parse_proxy_header under any bytes: it decides by a prefix what it decides by the whole, asks for
// no more than the longest header, and reads what make_proxy_header writes.
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "tcp_proxy/proxy_header.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using proxy::HeaderEvent;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const proxy::ParsedHeader whole = proxy::parse_proxy_header(bytes);
  if (whole.event == HeaderEvent::kNeedMore) FUZZ_CHECK(size < proxy::kLongestHeader);
  for (std::size_t n = 0; n < size; ++n) {
    const proxy::ParsedHeader part = proxy::parse_proxy_header(bytes.substr(0, n));
    if (part.event == HeaderEvent::kNeedMore) continue;
    FUZZ_CHECK(part.event == whole.event && part.size == whole.size);
    break;
  }
  if (whole.event != HeaderEvent::kHeader) return 0;
  FUZZ_CHECK(whole.size <= size && whole.size <= proxy::kLongestHeader);
  FUZZ_CHECK(whole.header.source.has_value() == whole.header.destination.has_value());
  if (!whole.header.source) return 0;
  const std::string again =
      proxy::make_proxy_header(*whole.header.source, *whole.header.destination);
  const proxy::ParsedHeader same = proxy::parse_proxy_header(again);
  FUZZ_CHECK(same.event == HeaderEvent::kHeader && same.size == again.size());
  FUZZ_CHECK(*same.header.source == *whole.header.source);
  FUZZ_CHECK(*same.header.destination == *whole.header.destination);
  return 0;
}
