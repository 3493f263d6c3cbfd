# The programs that read results.json, built when they are missing or older than their sources.
# Sourced by compare/report and compare/advise.

# report_tool ROOT NAME: prints the path of the program. Those that ./compare/run built are used;
# else a small build of their own, without the runtimes, is made in build/report-tools.
report_tool() {
  local root=$1 name=$2 directory log
  for directory in "$root/build/compare/compare/reporting" "$root/build/report-tools"; do
    if [[ -x $directory/$name && -z $(find "$root/compare/reporting" -newer "$directory/$name" -name '*.?pp' -print -quit) ]]; then
      echo "$directory/$name"
      return 0
    fi
  done
  # shellcheck source=scripts/packages.sh
  source "$root/scripts/packages.sh"
  need_packages g++ cmake ninja-build libcli11-dev libfmt-dev nlohmann-json3-dev
  command -v ccache >/dev/null && use_compiler_cache "$root"
  mkdir -p "$directory"
  log=$directory/build.log
  echo "twofold: building $name ($directory)" >&2
  if ! { cmake -S "$root/compare/reporting" -B "$directory" -G Ninja -DCMAKE_BUILD_TYPE=Release &&
         cmake --build "$directory" --target "$name"; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "twofold: the build failed; the whole log: $log" >&2
    return 2
  fi
  echo "$directory/$name"
}
