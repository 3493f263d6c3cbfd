#include "driver/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "reporting/format.hpp"

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

// What the programs of kind `probe` measure for single claims.
std::vector<ListedWorkload> defined_probes(const Manifest& manifest, RunSize size) {
  std::vector<ListedWorkload> probes;
  for (const Variant& variant : manifest.variants) {
    if (variant.note.kind != "probe" || !variant.note.available) {
      continue;
    }
    for (ListedWorkload& probe : list_workloads(variant, size)) {
      const bool is_known = std::any_of(probes.begin(), probes.end(), [&](const auto& other) {
        return other.note.name == probe.note.name;
      });
      if (!is_known) {
        probes.push_back(std::move(probe));
      }
    }
  }
  return probes;
}

void choose_workloads(const Options& options, const Manifest& manifest, Selection& selection) {
  selection.workloads = defined_workloads(manifest, options.size);
  selection.probes = defined_probes(manifest, options.size);
  std::vector<std::string> names;
  for (const auto* list : {&selection.workloads, &selection.probes}) {
    for (const ListedWorkload& workload : *list) {
      names.push_back(workload.note.name);
    }
  }
  const std::vector<std::string> kept = select_names(names, options.only, "workload");
  for (auto* list : {&selection.workloads, &selection.probes}) {
    std::erase_if(*list, [&](const ListedWorkload& workload) {
      return std::find(kept.begin(), kept.end(), workload.note.name) == kept.end();
    });
  }
}

std::set<std::string> offered_by(const Variant& variant, const Selection& selection, RunSize size) {
  const auto& workloads = variant.note.kind == "probe" ? selection.probes : selection.workloads;
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

// What is not about stacks a quick run measures with the default way to keep them alone, unless it
// was told what to run.
bool is_left_to_full_runs(const Variant& variant, const ListedWorkload& workload,
                          const Options& options) {
  return options.size == RunSize::kQuick && options.only.empty() && options.variants.empty() &&
         !workload.about_stacks && variant.note.kind == "runtime" && !variant.is_of_the_two;
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

namespace {

// Probes that no chosen program offers, and probing programs that were left without work.
void drop_idle(Selection& selection) {
  const auto offers = [&](const Variant& variant, const std::string& probe) {
    return variant.note.kind == "probe" && variant.note.available &&
           selection.offered.at(variant.note.name).contains(probe);
  };
  std::erase_if(selection.probes, [&](const ListedWorkload& probe) {
    return std::none_of(selection.variants.begin(), selection.variants.end(),
                        [&](const Variant& variant) { return offers(variant, probe.note.name); });
  });
  std::erase_if(selection.variants, [&](const Variant& variant) {
    return variant.note.kind == "probe" &&
           std::none_of(selection.probes.begin(), selection.probes.end(),
                        [&](const ListedWorkload& probe) {
                          return !variant.note.available || offers(variant, probe.note.name);
                        });
  });
}

}  // namespace

Selection select(const Options& options, const Manifest& manifest) {
  Selection selection;
  choose_workloads(options, manifest, selection);
  selection.variants = chosen_variants(options, manifest);
  selection.reference = reference_among(selection.variants);
  for (Variant& variant : selection.variants) {
    if (variant.note.available) {
      auto& offered = selection.offered[variant.note.name] =
          offered_by(variant, selection, options.size);
      if (variant.note.kind == "probe" || variant.note.kind == "native") {
        continue;  // they are there for some, and nobody misses the others
      }
      std::map<std::string, std::string> reasons = std::exchange(variant.note.cannot, {});
      for (const ListedWorkload& workload : selection.workloads) {
        if (is_left_to_full_runs(variant, workload, options)) {
          offered.erase(workload.note.name);
          reasons[workload.note.name] = "not in a quick run, since stacks are not its subject";
        }
        if (!offered.contains(workload.note.name)) {
          const std::string& reason = reasons[workload.note.name];
          variant.note.cannot[workload.note.name] =
              reason.empty() ? "the program does not offer it" : reason;
        }
      }
    }
  }
  drop_idle(selection);
  return selection;
}

std::vector<CellPlan> cells_of(const Selection& selection, const Options& options) {
  std::vector<CellPlan> cells;
  for (const ListedWorkload& probe : selection.probes) {
    for (const Parameters& params : probe.note.points) {
      for (const Variant& variant : selection.variants) {
        const auto offered = selection.offered.find(variant.note.name);
        if (offered != selection.offered.end() && offered->second.contains(probe.note.name)) {
          cells.push_back({&variant, &probe.note, {probe.note.name, params, 1}, variant.note.name});
        }
      }
    }
  }
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
  std::string text;
  const auto list = [&](const std::string& heading, const std::vector<ListedWorkload>& workloads) {
    text += workloads.empty() ? "" : heading + "\n";
    for (const ListedWorkload& workload : workloads) {
      text += fmt::format("  {:<18} {}\n", workload.note.name, workload.note.summary);
      text += fmt::format("  {:<18}   {}\n", "", metric_note(workload.note.metric).title);
      const PointLabels labels(workload.note, false);
      for (const Parameters& params : workload.note.points) {
        const std::string label = labels.label({workload.note.name, params, 1});
        text += label.empty() ? "" : fmt::format("  {:<18}   at {}\n", "", label);
      }
    }
  };
  list("workloads", selection.workloads);
  list("probes of single claims", selection.probes);
  text += "variants\n";
  for (const Variant& variant : selection.variants) {
    const VariantNote& note = variant.note;
    text += fmt::format("  {:<18} {:<9} {}\n", note.name, note.kind,
                        note.available ? note.compiler : "not available: " + note.reason);
  }
  return text;
}

}  // namespace twofold::compare
