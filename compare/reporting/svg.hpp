// A few strokes of SVG: a drawing that escapes its text, and axes with round ticks.
//
// Used by the plots. Colours are never given here: shapes carry classes, and the page's style sheet
// decides what they look like on screen, in the dark, and on paper.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace twofold::compare {

struct Pixel {
  double x = 0;
  double y = 0;
};

enum class Anchor { kStart, kMiddle, kEnd };
enum class Marker { kCircle, kSquare, kTriangle, kDiamond, kCross, kPlus };

// One <svg> element with a text alternative. Arguments named `css` are class names of ours.
class Drawing {
 public:
  Drawing(double width, double height, std::string_view title, std::string_view description);

  void line(Pixel from, Pixel to, std::string_view css);
  void rectangle(Pixel corner, double width, double height, std::string_view css);
  void polyline(const std::vector<Pixel>& points, std::string_view css);
  void polygon(const std::vector<Pixel>& points, std::string_view css);
  void text(Pixel at, std::string_view content, Anchor anchor, std::string_view css);
  // `hover` is what a pointer resting on the marker is told.
  void marker(Pixel at, Marker shape, double radius, std::string_view css, std::string_view hover);

  [[nodiscard]] std::string finish() const { return markup_ + "</svg>"; }

 private:
  std::string markup_;
};

// Maps values to pixels along one direction.
class Axis {
 public:
  enum class Scale { kLinear, kLogarithmic };

  Axis(Scale scale, double low, double high, double low_pixel, double high_pixel);

  // Values beyond the ends are put at the ends.
  [[nodiscard]] double at(double value) const;
  [[nodiscard]] bool contains(double value) const { return value >= low_ && value <= high_; }
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }
  // Multiples of 1, 2 or 5 (linear), or 1, 2, 5 in each decade, thinned to decades when there are
  // many (logarithmic), all within the ends.
  [[nodiscard]] std::vector<double> ticks() const;

 private:
  Scale scale_;
  double low_;
  double high_;
  double low_pixel_;
  double high_pixel_;
};

// The least round number that is not below `value`: 1, 2, 2.5 or 5 times a power of ten.
[[nodiscard]] double round_up(double value);

// As `round_up`, in finer steps: where a scale may end.
[[nodiscard]] double scale_end(double value);

}  // namespace twofold::compare
