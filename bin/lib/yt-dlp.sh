# yt-dlp with its challenge solver (yt-dlp-ejs): a recent one on PATH, else PyPI's in a private venv, else the release binary.

ytdlp_minimum=2026.07.04 # older ones are open to published advisories
python_minimum=3.11
venv=$tools/venv

ensure_ytdlp() {
  [ -z "${VIDFERRY_YTDLP:-}" ] || return 0
  use_ytdlp "$setup_ytdlp" && return 0
  use_ytdlp "$(command -v yt-dlp 2>/dev/null || true)" && return 0
  use_ytdlp "$venv/bin/yt-dlp" && return 0
  use_ytdlp "$tools/yt-dlp/yt-dlp" && return 0
  setup_ytdlp=''
  if find_python; then ytdlp_from_pypi && return 0; fi
  step "setting up yt-dlp's release binary by download" fetch_ytdlp && use_ytdlp "$tools/yt-dlp/yt-dlp" && return 0
  if ! find_python && system_install "Python" "python3 python3-venv" "python3" "python3" "python3"; then
    find_python && ytdlp_from_pypi && return 0
  fi
  missing "yt-dlp" "$(system_line "python3 python3-venv" python3 python3 python3)   (Python $python_minimum or newer; then start this again)"
}

# YouTube's formats need the solver, so a yt-dlp without it is not used.
use_ytdlp() {
  [ -x "$1" ] && version_at_least "$("$1" --ignore-config --version 2>/dev/null)" "$ytdlp_minimum" || return 1
  case $("$1" --ignore-config --verbose 2>&1 || true) in
    *yt_dlp_ejs*) setup_ytdlp=$1 ;;
    *) return 1 ;;
  esac
}

find_python() {
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    python=$(command -v "$name" 2>/dev/null) || continue
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    version_at_least "$version" "$python_minimum" && return 0
  done
  python=''
  return 1
}

ytdlp_from_pypi() {
  if make_venv "$venv" && step "setting up yt-dlp from PyPI" pip_ytdlp; then
    use_ytdlp "$venv/bin/yt-dlp" && return 0
  fi
  # A Python with pip and without venv (some distributions split it off).
  step "setting up yt-dlp from PyPI without a venv" pip_target_ytdlp && use_ytdlp "$tools/yt-dlp/yt-dlp"
}

# make_venv DIR: with $python. Debian keeps ensurepip in a package of its own.
make_venv() {
  # A clone that was moved breaks its environments: their scripts name the old place, and pip is such a script.
  "$1/bin/pip" --version >/dev/null 2>&1 && return 0
  rm -rf "$1"
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    [ "$(package_manager)" = apt-get ] && system_install "Python's venv" "python3-venv" '' '' '' || return 1
  fi
  step "making a Python environment in ${1#"$root/"}" "$python" -m venv "$1" || { rm -rf "$1"; return 1; }
}

# make_tool_venv DIR: one without a pip, which would take longer to install than most tools; that of $venv installs into it.
make_tool_venv() {
  "$1/bin/python" -c '' 2>/dev/null && return 0
  prepare_pip && rm -rf "$1" || return 1
  step "making a Python environment in ${1#"$root/"}" "$python" -m venv --without-pip "$1" || { rm -rf "$1"; return 1; }
}

# Before several parts that need it are set up side by side.
prepare_pip() { find_python && make_venv "$venv"; }

# pip_into DIR OPTION…: installs into an environment, with the pip of $venv.
pip_into() {
  into=$1
  shift
  # shellcheck disable=SC2086 # a list of options
  "$venv/bin/python" -m pip --python "$into/bin/python" install $pip_options $pip_uncompiled "$@"
}

# What is installed is what bin/lib/python names, byte by byte; a source package would fetch what it is built with unchecked.
pip_options='--disable-pip-version-check --quiet --require-hashes --only-binary=:all:'

# For tools of which a few of their many modules are ever imported: Python compiles those itself.
pip_uncompiled='--no-compile'

# Compiled here once: otherwise the first job would compile it, and every job where the clone is read-only.
pip_ytdlp() {
  # shellcheck disable=SC2086 # a list of options
  "$venv/bin/python" -m pip install $pip_options -r "$root/bin/lib/python/yt-dlp.txt" &&
    { "$venv/bin/python" -m compileall -q "$venv/lib" || true; }
}

pip_target_ytdlp() {
  rm -rf "$tools/yt-dlp"
  # shellcheck disable=SC2086
  "$python" -m pip install $pip_options --target "$tools/yt-dlp/lib" -r "$root/bin/lib/python/yt-dlp.txt" || return 1
  # Locates itself, so that a clone can be moved.
  printf '#!/bin/sh\nPYTHONPATH=$(cd "$(dirname "$0")" && pwd)/lib exec "%s" -m yt_dlp "$@"\n' "$python" >"$tools/yt-dlp/yt-dlp"
  chmod +x "$tools/yt-dlp/yt-dlp"
}

fetch_ytdlp() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) asset=yt-dlp_linux ;;
    Linux-aarch64 | Linux-arm64) asset=yt-dlp_linux_aarch64 ;;
    Darwin-*) asset=yt-dlp_macos ;;
    *) return 1 ;;
  esac
  if is_musl; then asset=$(echo "$asset" | sed 's/yt-dlp_linux/yt-dlp_musllinux/'); fi
  releases=https://github.com/yt-dlp/yt-dlp/releases/latest/download
  rm -rf "$tools/yt-dlp"
  mkdir -p "$tools/yt-dlp"
  download "$releases/$asset" "$tools/yt-dlp/$asset" && download "$releases/SHA2-256SUMS" "$tools/yt-dlp/SHA2-256SUMS" || return 1
  (
    cd "$tools/yt-dlp" || exit 1
    grep " $asset\$" SHA2-256SUMS >expected || exit 1
    if command -v sha256sum >/dev/null 2>&1; then sha256sum -c expected; else shasum -a 256 -c expected; fi
  ) || return 1
  chmod +x "$tools/yt-dlp/$asset" && mv "$tools/yt-dlp/$asset" "$tools/yt-dlp/yt-dlp"
}
