# FFmpeg and ffprobe: from PATH, else the system's packages, else static builds in the clone.
# npm's static FFmpeg is of 2018 (its ffprobe of 2023), so where there is a Python, PyPI's current build comes first.

ffmpeg_installer_version=1.1.0
ffprobe_installer_version=2.1.2

ensure_ffmpeg() {
  use_ffmpeg "${VIDFERRY_FFMPEG:-$setup_ffmpeg}" "${VIDFERRY_FFPROBE:-$setup_ffprobe}" && return 0
  use_path_ffmpeg && return 0
  # Installed before, when the system's packages were not available.
  use_static_ffmpeg && return 0
  if system_install "FFmpeg" ffmpeg ffmpeg-free ffmpeg ffmpeg; then use_path_ffmpeg && return 0; fi
  use_static_ffmpeg && return 0
  step "setting up a static ffprobe from npm" npm_static && step "setting up a static FFmpeg" pypi_static
  use_static_ffmpeg && return 0
  missing "FFmpeg" "$(system_line ffmpeg ffmpeg-free ffmpeg ffmpeg)"
}

use_path_ffmpeg() {
  use_ffmpeg "${VIDFERRY_FFMPEG:-$(command -v ffmpeg 2>/dev/null)}" "${VIDFERRY_FFPROBE:-$(command -v ffprobe 2>/dev/null)}"
}

use_ffmpeg() {
  [ -x "$1" ] && [ -x "$2" ] && "$1" -version >/dev/null 2>&1 && "$2" -version >/dev/null 2>&1 || return 1
  # A value set by the user applies to this start only.
  [ -n "${VIDFERRY_FFMPEG:-}" ] || setup_ffmpeg=$1
  [ -n "${VIDFERRY_FFPROBE:-}" ] || setup_ffprobe=$2
}

# Linked side by side under their plain names: yt-dlp looks for both in one folder.
use_static_ffmpeg() {
  for probe in "$tools"/ffmpeg/node_modules/@ffprobe-installer/*/ffprobe; do
    for program in "$venv"/lib/python3*/site-packages/imageio_ffmpeg/binaries/ffmpeg-* "$tools"/ffmpeg/node_modules/@ffmpeg-installer/*/ffmpeg; do
      [ -x "$program" ] && [ -x "$probe" ] || continue
      mkdir -p "$tools/ffmpeg/bin"
      ln -sf "$program" "$tools/ffmpeg/bin/ffmpeg"
      ln -sf "$probe" "$tools/ffmpeg/bin/ffprobe"
      use_ffmpeg "$tools/ffmpeg/bin/ffmpeg" "$tools/ffmpeg/bin/ffprobe" && return 0
    done
  done
  return 1
}

npm_static() {
  mkdir -p "$tools/ffmpeg"
  echo '{ "private": true }' >"$tools/ffmpeg/package.json"
  (cd "$tools/ffmpeg" && "$setup_bun" add --exact --ignore-scripts \
    "@ffmpeg-installer/ffmpeg@$ffmpeg_installer_version" "@ffprobe-installer/ffprobe@$ffprobe_installer_version") || return 1
  chmod +x "$tools"/ffmpeg/node_modules/@ff*-installer/*/ff*
}

# Optional: npm's build is the fallback.
pypi_static() {
  if [ -x "$venv/bin/python" ]; then
    # shellcheck disable=SC2086
    "$venv/bin/python" -m pip install $pip_options -r "$root/bin/lib/python/ffmpeg.txt" || true
  fi
}
