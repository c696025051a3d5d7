# Sourced by bin/vidferry and bin/test, with $root set to the clone. POSIX sh, Linux and macOS.
#
# set_up base|report|tools   makes sure of what is named and remembers it in .tools/env
#   base    Bun, the packages, and the dashboard built
#   report  and yt-dlp, FFmpeg and a JavaScript runtime, but goes on without those that cannot be had
#   tools   and exits 1 when one of those cannot be had
# export_tools               hands the results on as VIDFERRY_YTDLP, VIDFERRY_FFMPEG, VIDFERRY_FFPROBE
#                            and VIDFERRY_JS_RUNTIME; values the user set always win
#
# Nothing outside the clone changes, save system packages when the user is root or says yes.

tools=$root/.tools
setup_env=$tools/env
setup_log=$tools/setup.log
setup_packages='' setup_bun='' setup_ytdlp='' setup_ffmpeg='' setup_ffprobe='' setup_js_runtime=''
setup_missing=0 setup_moved=0

for part in system lock moved bun packages dashboard yt-dlp ffmpeg js-runtime; do
  . "$root/bin/lib/$part.sh"
done

say() { printf 'vidferry: %s\n' "$*" >&2; }

# step "what is being done" command…   One line for the user; the command's own output goes to the log.
step() {
  say "$1"
  shift
  printf '\n$ %s\n' "$*" >>"$setup_log"
  "$@" >>"$setup_log" 2>&1 </dev/null
}

# missing "what" "the line that would install it"
missing() {
  say "$1 cannot be set up here. To install: $2"
  setup_missing=1
}

# version_at_least 2026.10.26 2026.07.04
version_at_least() {
  awk -v have="$1" -v want="$2" 'BEGIN {
    n = split(want, w, "."); split(have, h, ".")
    if (have !~ /^[0-9]+\./) exit 1
    for (i = 1; i <= n; i++) { if (h[i] + 0 > w[i] + 0) exit 0; if (h[i] + 0 < w[i] + 0) exit 1 }
    exit 0
  }'
}

load_setup() {
  [ -f "$setup_env" ] || return 0
  setup_root=''
  . "$setup_env"
  [ "$setup_root" = "$root" ] || forget_old_place
}

save_setup() {
  setup_root=$root
  for name in setup_root setup_packages setup_bun setup_ytdlp setup_ffmpeg setup_ffprobe setup_js_runtime; do
    eval "value=\$$name"
    printf "%s='%s'\n" "$name" "$(printf '%s' "$value" | sed "s/'/'\\\\''/g")"
  done >"$setup_env.$$"
  mv -f "$setup_env.$$" "$setup_env"
}

# Cheap checks only: this runs at every start.
base_ready() { [ -x "$setup_bun" ] && packages_ready && dashboard_ready; }

tools_ready() {
  { [ -n "${VIDFERRY_YTDLP:-}" ] || [ -x "$setup_ytdlp" ]; } &&
    { [ -n "${VIDFERRY_FFMPEG:-}" ] || [ -x "$setup_ffmpeg" ]; } &&
    { [ -n "${VIDFERRY_FFPROBE:-}" ] || [ -x "$setup_ffprobe" ]; } &&
    { [ -n "${VIDFERRY_JS_RUNTIME:-}" ] || [ -x "${setup_js_runtime#*:}" ]; }
}

set_up() {
  check_user_values "$1"
  load_setup
  if base_ready; then
    if [ "$1" = base ] || tools_ready; then return 0; fi
  fi
  mkdir -p "$tools" || {
    echo "vidferry: what is missing is set up in $tools, which this user cannot make; run it once as the owner of the clone" >&2
    exit 1
  }
  take_lock
  load_setup # another start may have done the work while this one waited
  [ "$setup_moved" = 0 ] || repair_environments
  ensure_bun || exit_missing
  ensure_packages || exit_missing
  ensure_dashboard
  save_setup
  if [ "$1" != base ]; then
    ensure_ytdlp
    ensure_ffmpeg
    ensure_js_runtime
    save_setup
  fi
  drop_lock
  if [ "$1" = tools ] && [ "$setup_missing" = 1 ]; then exit_missing; fi
}

exit_missing() {
  say "what was tried is in $setup_log; \`bin/vidferry doctor\` tells more"
  exit 1
}

# A value set by the user must name an executable; a typing mistake must not cause a download.
check_user_values() {
  for name in VIDFERRY_YTDLP VIDFERRY_FFMPEG VIDFERRY_FFPROBE VIDFERRY_JS_RUNTIME; do
    eval "value=\${$name:-}"
    # An exported value would override the same variable in the .env file that the command reads.
    if [ -z "$value" ] && [ -f .env ] && [ -r .env ]; then
      value=$(sed -n "s/^ *\(export \)\{0,1\}$name=[\"']\{0,1\}\([^\"']*\)[\"']\{0,1\} *\$/\2/p" .env | sed '$!d')
      eval "$name=\$value"
    fi
    [ -n "$value" ] || continue
    kind=''
    if [ "$name" = VIDFERRY_JS_RUNTIME ]; then
      case $value in
        deno:* | node:*) kind=${value%%:*}: value=${value#*:} ;;
        *) bad_user_value "$1" "$name is '$value'; expected deno:/path/to/deno or node:/path/to/node" && continue ;;
      esac
    fi
    if found=$(command -v "$value" 2>/dev/null) && [ -x "$found" ]; then
      case $found in /*) ;; *) found=$(cd "$(dirname "$found")" && pwd)/$(basename "$found") ;; esac
      eval "$name=\$kind\$found"
    else
      bad_user_value "$1" "$name names '$value', which is not an executable file"
    fi
  done
}

bad_user_value() {
  say "$2"
  [ "$1" != tools ] || exit 78
}

export_tools() {
  VIDFERRY_YTDLP=${VIDFERRY_YTDLP:-$setup_ytdlp}
  VIDFERRY_FFMPEG=${VIDFERRY_FFMPEG:-$setup_ffmpeg}
  VIDFERRY_FFPROBE=${VIDFERRY_FFPROBE:-$setup_ffprobe}
  VIDFERRY_JS_RUNTIME=${VIDFERRY_JS_RUNTIME:-$setup_js_runtime}
  # An empty value would disable the command's own search.
  [ -z "$VIDFERRY_YTDLP" ] || export VIDFERRY_YTDLP
  [ -z "$VIDFERRY_FFMPEG" ] || export VIDFERRY_FFMPEG
  [ -z "$VIDFERRY_FFPROBE" ] || export VIDFERRY_FFPROBE
  [ -z "$VIDFERRY_JS_RUNTIME" ] || export VIDFERRY_JS_RUNTIME
}
