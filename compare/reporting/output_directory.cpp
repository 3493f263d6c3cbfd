#include "reporting/output_directory.hpp"

#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "reporting/data_files.hpp"
#include "reporting/html_report.hpp"
#include "reporting/markdown_report.hpp"

namespace twofold::compare {
namespace {

[[noreturn]] void throw_errno(int error, const std::string& what) {
  throw std::system_error(error == 0 ? EIO : error, std::generic_category(), what);
}

}  // namespace

void write_file(const std::filesystem::path& path, std::string_view content) {
  const std::filesystem::path beside =
      path.parent_path() / ("." + path.filename().string() + "." + std::to_string(::getpid()));
  errno = 0;
  {
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    if (!file) {
      const int error = errno;
      std::error_code ignored;
      std::filesystem::remove(beside, ignored);
      throw_errno(error, "cannot write " + path.string());
    }
  }
  std::error_code error;
  std::filesystem::rename(beside, path, error);
  if (error) {
    throw std::system_error(error, "cannot put " + path.string() + " in its place");
  }
}

OutputDirectory::OutputDirectory(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (error) {
    throw std::system_error(error, "cannot create the directory " + path_.string());
  }
  const std::filesystem::path probe = path_ / ".writable";
  write_file(probe, "");
  std::filesystem::remove(probe, error);
}

std::vector<std::string> OutputDirectory::file_names() {
  return {"report.html", "report.md", "results.json", "samples.csv", "google-benchmark.json"};
}

void OutputDirectory::write(const Results& results) const {
  // The raw figures first: from them everything else can be made again.
  write_file(path_ / "results.json", results_text(results));
  write_file(path_ / "samples.csv", samples_csv(results));
  write_file(path_ / "google-benchmark.json", google_benchmark_json(results));
  write_file(path_ / "report.md", markdown_report(results));
  write_file(path_ / "report.html", html_report(results));
}

std::string results_text(const Results& results) {
  return to_json(results).dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace twofold::compare
