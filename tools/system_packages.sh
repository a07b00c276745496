#!/usr/bin/env bash
# Installs the Debian packages that `make test` and `make perf` stand on, where they are missing
# and we are root; elsewhere it says what is missing and the tests that need it are skipped by name.
set -euo pipefail

# Playwright's own Node wants libatomic; without Chinese fonts a screenshot shows boxes.
browser=(chromium fonts-noto-cjk libatomic1)

case "${1:-}" in
  test) wanted=("${browser[@]}" busybox mariadb-server postgresql) ;;
  perf) wanted=("${browser[@]}" wrk slurmctld slurmd slurm-client munge) ;;
  *) echo "usage: $0 test|perf" >&2; exit 2 ;;
esac
# Whatever kubectl is there will do to be compared with.
[[ "$1" != perf ]] || command -v kubectl >/dev/null || wanted+=(kubernetes-client)
python3 -c 'import ensurepip' 2>/dev/null || wanted+=(python3-venv)

command -v dpkg-query >/dev/null || { echo "system: not a Debian, so nothing is installed"; exit 0; }
missing=()
for package in "${wanted[@]}"; do
  [[ "$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] \
    || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

if [[ "$(id -u)" != 0 ]]; then
  echo "system: for every test, run: apt-get install ${missing[*]}"
  exit 0
fi
echo "system: apt-get install ${missing[*]}"
# A database server is started by the tests themselves, not by its installation.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
install=(apt-get install --yes --quiet --quiet --no-install-recommends "${missing[@]}")
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# An index of packages may be absent or old: then it is fetched once, and the same is asked again.
"${install[@]}" >"$log" 2>&1 || { apt-get update --quiet --quiet && "${install[@]}" >"$log" 2>&1; } || {
  tail -n 20 "$log" >&2
  exit 1
}
