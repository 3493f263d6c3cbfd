#include "reporting/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "reporting/format.hpp"

namespace twofold::compare {
namespace {

std::string coordinates(const std::vector<Pixel>& points) {
  std::string text;
  for (const Pixel& point : points) {
    text += fmt::format("{}{:.1f},{:.1f}", text.empty() ? "" : " ", point.x, point.y);
  }
  return text;
}

const char* anchor_name(Anchor anchor) {
  return anchor == Anchor::kStart ? "start" : anchor == Anchor::kMiddle ? "middle" : "end";
}

std::string marker_shape(Pixel at, Marker shape, double r) {
  const auto [x, y] = at;
  switch (shape) {
    case Marker::kCircle:
      return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"", x, y, r);
    case Marker::kSquare:
      return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"",
                         x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
    case Marker::kTriangle:
      return fmt::format(
          "<polygon points=\"{}\"",
          coordinates({{x, y - r * 1.2}, {x + r * 1.1, y + r}, {x - r * 1.1, y + r}}));
    case Marker::kDiamond:
      return fmt::format(
          "<polygon points=\"{}\"",
          coordinates({{x, y - r * 1.3}, {x + r * 1.3, y}, {x, y + r * 1.3}, {x - r * 1.3, y}}));
    case Marker::kCross:
      return fmt::format("<path d=\"M{:.1f} {:.1f}l{} {}m0 -{}l-{} {}\"", x - r, y - r, 2 * r,
                         2 * r, 2 * r, 2 * r, 2 * r);
    case Marker::kPlus:
      return fmt::format("<path d=\"M{:.1f} {:.1f}h{}m-{} -{}v{}\"", x - r, y, 2 * r, r, r, 2 * r);
  }
  return "";
}

double power_of_ten_below(double value) { return std::pow(10, std::floor(std::log10(value))); }

double round_up_to(double value, std::initializer_list<double> digits) {
  if (!(value > 0) || !std::isfinite(value)) {
    return 1;
  }
  const double power = power_of_ten_below(value);
  for (const double digit : digits) {
    if (digit * power >= value * (1 - 1e-9)) {
      return digit * power;
    }
  }
  return 10 * power;
}

std::vector<double> linear_ticks(double low, double high) {
  constexpr double kWanted = 5;
  const double step = round_up((high - low) / kWanted);
  std::vector<double> ticks;
  for (double tick = std::ceil(low / step) * step; tick <= high * (1 + 1e-9); tick += step) {
    ticks.push_back(tick);
  }
  return ticks;
}

std::vector<double> logarithmic_ticks(double low, double high) {
  const double decades = std::log10(high / low);
  std::vector<double> ticks;
  for (double power = power_of_ten_below(low); power <= high * (1 + 1e-9); power *= 10) {
    for (const double digit : {1.0, 2.0, 5.0}) {
      const double tick = power * digit;
      const bool is_wanted = digit == 1.0 || decades < 3;
      if (is_wanted && tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) {
        ticks.push_back(tick);
      }
    }
  }
  return ticks;
}

}  // namespace

Drawing::Drawing(double width, double height, std::string_view title, std::string_view description)
    : markup_(fmt::format("<svg role=\"img\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\">"
                          "<title>{2}</title><desc>{3}</desc>",
                          width, height, escape_html(title), escape_html(description))) {}

void Drawing::line(Pixel from, Pixel to, std::string_view css) {
  markup_ +=
      fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>",
                  css, from.x, from.y, to.x, to.y);
}

void Drawing::rectangle(Pixel corner, double width, double height, std::string_view css) {
  markup_ += fmt::format(
      "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>", css,
      corner.x, corner.y, std::max(0.0, width), std::max(0.0, height));
}

void Drawing::polyline(const std::vector<Pixel>& points, std::string_view css) {
  markup_ += fmt::format("<polyline class=\"{}\" points=\"{}\"/>", css, coordinates(points));
}

void Drawing::polygon(const std::vector<Pixel>& points, std::string_view css) {
  markup_ += fmt::format("<polygon class=\"{}\" points=\"{}\"/>", css, coordinates(points));
}

void Drawing::text(Pixel at, std::string_view content, Anchor anchor, std::string_view css) {
  markup_ +=
      fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", css,
                  at.x, at.y, anchor_name(anchor), escape_html(content));
}

void Drawing::marker(Pixel at, Marker shape, double radius, std::string_view css,
                     std::string_view hover) {
  const std::string element = marker_shape(at, shape, radius);
  const std::string name = element.substr(1, element.find(' ') - 1);
  markup_ +=
      fmt::format("{} class=\"{}\"><title>{}</title></{}>", element, css, escape_html(hover), name);
}

Axis::Axis(Scale scale, double low, double high, double low_pixel, double high_pixel)
    : scale_(scale), low_(low), high_(high), low_pixel_(low_pixel), high_pixel_(high_pixel) {}

double Axis::at(double value) const {
  if (high_ <= low_) {
    return (low_pixel_ + high_pixel_) / 2;
  }
  const double clamped = std::clamp(value, low_, high_);
  const double share = scale_ == Scale::kLinear ? (clamped - low_) / (high_ - low_)
                                                : std::log(clamped / low_) / std::log(high_ / low_);
  return low_pixel_ + share * (high_pixel_ - low_pixel_);
}

std::vector<double> Axis::ticks() const {
  return scale_ == Scale::kLinear ? linear_ticks(low_, high_) : logarithmic_ticks(low_, high_);
}

double round_up(double value) { return round_up_to(value, {1.0, 2.0, 2.5, 5.0}); }

double scale_end(double value) {
  return round_up_to(value, {1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0});
}

}  // namespace twofold::compare
