#include "driver/manifest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "driver/child_process.hpp"

namespace twofold::compare {
namespace {

Variant variant_from(const Json& json) {
  Variant variant;
  variant.note.name = json.at("name");
  variant.note.kind = json.at("kind");
  variant.note.compiler = json.value("compiler", "");
  variant.note.flags = json.value("flags", "");
  variant.note.runtime = json.value("runtime", "");
  variant.note.stack = json.value("stack", "");
  variant.note.switching = json.value("switching", "");
  variant.note.available = json.value("available", true);
  variant.note.reason = json.value("reason", "");
  variant.note.cannot = json.value("cannot", std::map<std::string, std::string>());
  const Json& program = json.at("program");
  if (program.is_array()) {
    variant.command = program.get<std::vector<std::string>>();
  } else {
    variant.command = {program.get<std::string>()};
  }
  if (json.contains("twin")) {
    variant.twin = {json["twin"].get<std::string>()};
  }
  return variant;
}

std::vector<std::string> compilers_of(const Manifest& manifest) {
  std::vector<std::string> names;
  for (const Variant& variant : manifest.variants) {
    const std::string& name = variant.note.compiler;
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  }
  return names;
}

ListedWorkload workload_from(const Json& json, RunSize size) {
  ListedWorkload workload;
  workload.note.name = json.at("name");
  workload.note.summary = json.at("summary");
  workload.note.metric = json.at("metric");
  workload.note.axis = json.at("axis");
  workload.note.load = json.at("load");
  workload.note.exact = json.value("exact", false);
  workload.about_stacks = json.value("about_stacks", false);
  for (const Json& point : json.at(size_name(size))) {
    Parameters params;
    for (const auto& [name, value] : point.items()) {
      params.emplace_back(name, value.get<std::int64_t>());
    }
    workload.note.points.push_back(std::move(params));
  }
  return workload;
}

// Stackless, and stackful: with a compiler that has not the default way to keep a stack, its first.
void mark_the_two(std::vector<Variant>& variants) {
  std::map<std::string, Variant*> stackful;  // by compiler
  for (Variant& variant : variants) {
    if (variant.note.name == "stackless") {
      variant.is_of_the_two = true;
    } else if (variant.note.kind == "runtime") {
      Variant*& chosen = stackful.try_emplace(variant.note.compiler, &variant).first->second;
      chosen = variant.note.name == "stackful" ? &variant : chosen;
    }
  }
  for (const auto& [compiler, variant] : stackful) {
    variant->is_of_the_two = true;
  }
}

}  // namespace

Manifest read_manifest(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    throw BadUsage(path + ": the manifest cannot be read; build first, or name another one");
  }
  try {
    const Json json = Json::parse(file);
    Manifest manifest;
    manifest.load_program = json.value("load", "");
    manifest.claims_file = json.value("claims", "");
    manifest.build = json.value("build", Json::object());
    for (const Json& variant : json.at("variants")) {
      manifest.variants.push_back(variant_from(variant));
    }
    mark_the_two(manifest.variants);
    return manifest;
  } catch (const Json::exception& error) {
    throw BadUsage(path + ": not a manifest: " + error.what());
  }
}

std::vector<Variant> variants_for_compilers(const Manifest& manifest,
                                            const std::vector<std::string>& compilers) {
  const std::vector<std::string> built = compilers_of(manifest);
  std::vector<std::string> wanted = compilers;
  if (wanted.empty() && !built.empty()) {
    wanted = {built.front()};
  }
  for (const std::string& name : wanted) {
    if (std::find(built.begin(), built.end(), name) == built.end()) {
      throw BadUsage(fmt::format("nothing was built with compiler '{}'; there are: {}", name,
                                 fmt::join(built, ", ")));
    }
  }
  std::vector<Variant> chosen;
  for (Variant variant : manifest.variants) {
    const std::string& compiler = variant.note.compiler;
    // A peer in another language has no C++ compiler, and runs whichever are chosen.
    if (!compiler.empty() && std::find(wanted.begin(), wanted.end(), compiler) == wanted.end()) {
      continue;
    }
    if (!compiler.empty() && compiler != wanted.front()) {
      variant.note.name += "@" + compiler;
    }
    chosen.push_back(std::move(variant));
  }
  return chosen;
}

std::vector<ListedWorkload> list_workloads(const Variant& variant, RunSize size) {
  std::vector<std::string> command = variant.command;
  command.emplace_back("list");
  constexpr double kListTimeout_s = 20;
  const ProcessEnd end = run_process({command, kListTimeout_s, -1}, [] { return false; });
  if (end.kind != ProcessEnd::Kind::kExited || end.exit_status != 0) {
    throw BadUsage(fmt::format("'{}' does not list its workloads: {}", fmt::join(command, " "),
                               end.description));
  }
  try {
    std::vector<ListedWorkload> workloads;
    for (const Json& entry : Json::parse(end.standard_output)) {
      workloads.push_back(workload_from(entry, size));
    }
    return workloads;
  } catch (const Json::exception& error) {
    throw BadUsage(
        fmt::format("'{}' lists no valid workloads: {}", fmt::join(command, " "), error.what()));
  }
}

}  // namespace twofold::compare
