#include "driver/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "report/format.hpp"

namespace twofold::compare {
namespace {

const std::string kPreferredReference = "stackless";

std::vector<std::string> names_of(const std::vector<Variant>& variants) {
  std::vector<std::string> names;
  for (const Variant& variant : variants) {
    names.push_back(variant.note.name);
  }
  return names;
}

std::vector<Variant> chosen_variants(const Options& options, const Manifest& manifest) {
  std::vector<Variant> all = variants_for_compilers(manifest, options.compilers);
  if (!options.peers) {
    std::erase_if(all, [](const Variant& variant) { return variant.note.kind == "peer"; });
  }
  const std::vector<std::string> kept = select_names(names_of(all), options.variants, "variant");
  std::erase_if(all, [&](const Variant& variant) {
    return std::find(kept.begin(), kept.end(), variant.note.name) == kept.end();
  });
  return all;
}

// The definitions come from our own runtimes even when none of them is chosen to run.
std::vector<ListedWorkload> defined_workloads(const Manifest& manifest, RunSize size) {
  for (const Variant& variant : manifest.variants) {
    if (variant.note.kind == "runtime" && variant.note.available) {
      return list_workloads(variant, size);
    }
  }
  throw BadUsage("no runtime was built, and with it no workload is defined");
}

std::vector<ListedWorkload> chosen_workloads(const Options& options, const Manifest& manifest) {
  std::vector<ListedWorkload> all = defined_workloads(manifest, options.size);
  std::vector<std::string> names;
  for (const ListedWorkload& workload : all) {
    names.push_back(workload.note.name);
  }
  const std::vector<std::string> kept = select_names(names, options.only, "workload");
  std::erase_if(all, [&](const ListedWorkload& workload) {
    return std::find(kept.begin(), kept.end(), workload.note.name) == kept.end();
  });
  return all;
}

std::set<std::string> offered_by(const Variant& variant,
                                 const std::vector<ListedWorkload>& workloads, RunSize size) {
  std::set<std::string> names;
  try {
    for (const ListedWorkload& workload : list_workloads(variant, size)) {
      names.insert(workload.note.name);
    }
  } catch (const BadUsage&) {
    // A program too broken to say what it offers is run all the same, so that the report shows it.
    for (const ListedWorkload& workload : workloads) {
      names.insert(workload.note.name);
    }
  }
  return names;
}

std::string reference_among(const std::vector<Variant>& variants) {
  for (const Variant& variant : variants) {
    if (variant.note.name == kPreferredReference && variant.note.available) {
      return variant.note.name;
    }
  }
  for (const Variant& variant : variants) {
    if (variant.note.available) {
      return variant.note.name;
    }
  }
  throw BadUsage("none of the chosen variants was built");
}

}  // namespace

Selection select(const Options& options, const Manifest& manifest) {
  Selection selection;
  selection.workloads = chosen_workloads(options, manifest);
  selection.variants = chosen_variants(options, manifest);
  selection.reference = reference_among(selection.variants);
  for (Variant& variant : selection.variants) {
    if (variant.note.available) {
      const auto& offered = selection.offered[variant.note.name] =
          offered_by(variant, selection.workloads, options.size);
      std::map<std::string, std::string> reasons = std::exchange(variant.note.cannot, {});
      for (const ListedWorkload& workload : selection.workloads) {
        if (!offered.contains(workload.note.name)) {
          const std::string& reason = reasons[workload.note.name];
          variant.note.cannot[workload.note.name] =
              reason.empty() ? "the program does not offer it" : reason;
        }
      }
    }
  }
  return selection;
}

std::vector<CellPlan> cells_of(const Selection& selection, const Options& options) {
  std::vector<CellPlan> cells;
  for (const ListedWorkload& workload : selection.workloads) {
    for (const Parameters& params : workload.note.points) {
      for (const unsigned workers : options.workers) {
        for (const Variant& variant : selection.variants) {
          const auto offered = selection.offered.find(variant.note.name);
          if (offered == selection.offered.end() || !offered->second.contains(workload.note.name)) {
            continue;
          }
          const PointKey point{workload.note.name, params, workers};
          cells.push_back({&variant, &workload.note, point, variant.note.name});
          if (variant.note.name == selection.reference) {
            cells.push_back({&variant, &workload.note, point, control_name(selection.reference)});
          }
        }
      }
    }
  }
  if (cells.empty()) {
    throw BadUsage("none of the chosen variants offers any of the chosen workloads");
  }
  return cells;
}

std::vector<VariantNote> notes_with_control(const Selection& selection) {
  std::vector<VariantNote> notes;
  for (const Variant& variant : selection.variants) {
    notes.push_back(variant.note);
    if (variant.note.name == selection.reference) {
      VariantNote control = variant.note;
      control.name = control_name(selection.reference);
      control.kind = "control";
      notes.push_back(std::move(control));
    }
  }
  return notes;
}

std::string list_text(const Selection& selection) {
  std::string text = "workloads\n";
  for (const ListedWorkload& workload : selection.workloads) {
    text += fmt::format("  {:<14} {}\n", workload.note.name, workload.note.summary);
    text += fmt::format("  {:<14}   {}\n", "", metric_note(workload.note.metric).title);
    const PointLabels labels(workload.note, false);
    for (const Parameters& params : workload.note.points) {
      text += fmt::format("  {:<14}   at {}\n", "", labels.label({workload.note.name, params, 1}));
    }
  }
  text += "variants\n";
  for (const Variant& variant : selection.variants) {
    const VariantNote& note = variant.note;
    text += fmt::format("  {:<18} {:<9} {}\n", note.name, note.kind,
                        note.available ? note.compiler : "not available: " + note.reason);
  }
  return text;
}

}  // namespace twofold::compare
