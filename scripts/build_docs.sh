#!/usr/bin/env bash
# Builds the documentation site from nothing but Debian's packages: scripts/build_docs.sh [OUT], default build/site.
# Stops at a warning of either tool. Takes some seconds.
# Afterwards it can be read from the file system, without a server and without a network.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/packages.sh
source "$root/scripts/packages.sh"
need_packages "${docs_packages[@]}"
out=$(realpath -m "${1:-$root/build/site}")

cd "$root"
python3 scripts/sync_snippets.py --check
# Pages that are links to what stands elsewhere in the tree.
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
cp -r docs "$pages/docs"
sed 's|^docs_dir: docs$|docs_dir: docs\nuse_directory_urls: false|; /^exclude_docs:/d' mkdocs.yml >"$pages/mkdocs.yml"
# mkdocs copies what is no page: the examples' sources are read in the repository.
rm -rf "$pages/docs/examples" "$pages/docs/Doxyfile"
mkdir -p "$pages/docs/reference"
(cat docs/Doxyfile; echo "OUTPUT_DIRECTORY = $pages"; echo "HTML_OUTPUT = docs/reference") | doxygen - 2>"$pages/doxygen.log" >/dev/null
if [[ -s $pages/doxygen.log ]]; then
  cat "$pages/doxygen.log"
  exit 1
fi
/usr/bin/python3 -m mkdocs build --clean --config-file "$pages/mkdocs.yml" --site-dir "$out" >"$pages/mkdocs.log" 2>&1 || {
  cat "$pages/mkdocs.log"
  exit 1
}
echo "twofold: the documentation is in $out/index.html"
