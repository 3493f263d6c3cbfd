#include "http_server/request_parser.hpp"

#include <algorithm>
#include <utility>

namespace http {
namespace {

constexpr char kLowerCaseBit = 0x20;

bool equal_ignoring_case(std::string_view text, std::string_view lower) noexcept {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | kLowerCaseBit) : a) == b;
  });
}

}  // namespace

std::string_view Request::field(std::string_view name) const noexcept {
  for (const Field& field : fields) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return {};
}

// What llhttp calls. An exception must not pass through its C code: running out of memory is
// refused with 503.
struct RequestParser::Callbacks {
  static RequestParser& self(llhttp_t* parser) noexcept {
    return *static_cast<RequestParser*>(parser->data);
  }

  template <class Append>
  static int append(RequestParser& parser, Append append) noexcept {
    try {
      append();
      return HPE_OK;
    } catch (...) {
      return parser.refuse(503, "out of memory");
    }
  }

  static int on_message_begin(llhttp_t* llhttp) noexcept {
    RequestParser& parser = self(llhttp);
    parser.request_ = Request();
    parser.is_in_request_ = true;
    parser.is_in_head_ = true;
    parser.has_name_ = false;
    parser.head_bytes_ = 0;
    return HPE_OK;
  }

  static int on_url(llhttp_t* llhttp, const char* at, std::size_t length) noexcept {
    RequestParser& parser = self(llhttp);
    if (!parser.count_head(length)) return parser.refuse(414, "the target is too long");
    return append(parser, [&] { parser.request_.target.append(at, length); });
  }

  static int on_field(llhttp_t* llhttp, const char* at, std::size_t length) noexcept {
    RequestParser& parser = self(llhttp);
    if (length == 0) return HPE_OK;
    // Trailers of a chunked body come here too: they are bounded like the head, and dropped.
    constexpr std::size_t kSeparators = 4;  // ": " and the end of the line
    const bool is_new = !std::exchange(parser.has_name_, true);
    if (!parser.count_head(length + (is_new ? kSeparators : 0))) {
      return parser.refuse(431, "the head is too large");
    }
    if (!parser.is_in_head_) return HPE_OK;
    if (is_new && parser.request_.fields.size() == parser.limits_.fields) {
      return parser.refuse(431, "too many fields");
    }
    return append(parser, [&] {
      if (is_new) parser.request_.fields.emplace_back();
      parser.request_.fields.back().name.append(at, length);
    });
  }

  static int on_value(llhttp_t* llhttp, const char* at, std::size_t length) noexcept {
    RequestParser& parser = self(llhttp);
    if (!parser.has_name_) return parser.refuse(400, "a field has no name");
    if (!parser.count_head(length)) return parser.refuse(431, "the head is too large");
    if (!parser.is_in_head_) return HPE_OK;
    return append(parser, [&] { parser.request_.fields.back().value.append(at, length); });
  }

  static int on_value_complete(llhttp_t* llhttp) noexcept {
    self(llhttp).has_name_ = false;
    return HPE_OK;
  }

  static int on_headers_complete(llhttp_t* llhttp) noexcept {
    RequestParser& parser = self(llhttp);
    Request& request = parser.request_;
    parser.is_in_head_ = false;
    parser.has_name_ = false;
    if (llhttp->content_length > parser.limits_.body_bytes) {
      return parser.refuse(413, "the body is too large");
    }
    request.is_http_1_0 = llhttp->http_major == 1 && llhttp->http_minor == 0;
    const bool has_body = llhttp->content_length > 0 || (llhttp->flags & F_CHUNKED) != 0;
    request.expects_continue =
        has_body && equal_ignoring_case(request.field("expect"), "100-continue");
    // Another protocol that is offered is not taken up: the connection stays what it is.
    llhttp->upgrade = 0;
    parser.wants_pause_ = request.expects_continue;
    const int appended = append(parser, [&] {
      request.method = llhttp_method_name(static_cast<llhttp_method_t>(llhttp->method));
    });
    return appended == HPE_OK && parser.wants_pause_ ? HPE_PAUSED : appended;
  }

  static int on_body(llhttp_t* llhttp, const char* at, std::size_t length) noexcept {
    RequestParser& parser = self(llhttp);
    if (length > parser.limits_.body_bytes - parser.request_.body.size()) {
      return parser.refuse(413, "the body is too large");
    }
    return append(parser, [&] { parser.request_.body.append(at, length); });
  }

  static int on_message_complete(llhttp_t* llhttp) noexcept {
    RequestParser& parser = self(llhttp);
    parser.request_.is_keep_alive = llhttp_should_keep_alive(llhttp) != 0;
    parser.is_in_request_ = false;
    return HPE_PAUSED;
  }

  static const llhttp_settings_t& settings() noexcept {
    static const llhttp_settings_t all = [] {
      llhttp_settings_t made;
      llhttp_settings_init(&made);
      made.on_message_begin = on_message_begin;
      made.on_url = on_url;
      made.on_header_field = on_field;
      made.on_header_value = on_value;
      made.on_header_value_complete = on_value_complete;
      made.on_headers_complete = on_headers_complete;
      made.on_body = on_body;
      made.on_message_complete = on_message_complete;
      return made;
    }();
    return all;
  }
};

RequestParser::RequestParser(const Limits& limits) : limits_(limits) {
  llhttp_init(&parser_, HTTP_REQUEST, &Callbacks::settings());
  parser_.data = this;
}

bool RequestParser::count_head(std::size_t bytes) noexcept {
  head_bytes_ += bytes;
  return head_bytes_ <= limits_.head_bytes;
}

int RequestParser::refuse(int status, const char* reason) noexcept {
  status_ = status;
  reason_ = reason;
  return HPE_USER;
}

RequestParser::Step RequestParser::feed(std::span<const char> bytes) {
  if (status_ != 0) return {Event::kError, 0};
  const llhttp_errno_t error = llhttp_execute(&parser_, bytes.data(), bytes.size());
  if (error == HPE_OK) return {Event::kNeedMore, bytes.size()};
  if (error == HPE_PAUSED) {
    const auto consumed = static_cast<std::size_t>(llhttp_get_error_pos(&parser_) - bytes.data());
    llhttp_resume(&parser_);
    return {std::exchange(wants_pause_, false) ? Event::kHead : Event::kRequest, consumed};
  }
  if (status_ == 0) {
    const char* const reason = llhttp_get_error_reason(&parser_);
    (void)refuse(400, reason != nullptr && *reason != '\0' ? reason : "not a request of HTTP/1");
  }
  return {Event::kError, 0};
}

}  // namespace http
