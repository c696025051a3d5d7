# The JavaScript runtime that yt-dlp solves YouTube's challenges with: Deno or Node (yt-dlp has deprecated Bun).

deno_minimum=2.3.0
deno_version=2.9.6
node_minimum=22.0.0

ensure_js_runtime() {
  [ -z "${VIDFERRY_JS_RUNTIME:-}" ] || return 0
  [ -x "${setup_js_runtime#*:}" ] && return 0
  use_deno "$(command -v deno 2>/dev/null || true)" && return 0
  use_node "$(command -v node 2>/dev/null || true)" && return 0
  use_npm_deno && return 0
  step "setting up Deno $deno_version from npm" npm_deno && use_npm_deno && return 0
  missing "a JavaScript runtime for yt-dlp" "$(system_line nodejs nodejs nodejs deno)   (Node 22 or newer; or: curl -fsSL https://deno.land/install.sh | sh)"
}

use_deno() {
  [ -x "$1" ] && version_at_least "$("$1" --version 2>/dev/null | awk 'NR == 1 { print $2 }')" "$deno_minimum" || return 1
  setup_js_runtime=deno:$1
}

use_node() {
  [ -x "$1" ] && version_at_least "$("$1" --version 2>/dev/null | tr -d v)" "$node_minimum" || return 1
  setup_js_runtime=node:$1
}

# The platform package holds the program itself, so no install script is needed.
use_npm_deno() {
  for candidate in "$tools"/node_modules/@deno/*/deno "$tools"/deno/node_modules/@deno/*/deno; do
    use_deno "$candidate" && return 0
  done
  return 1
}

npm_deno() {
  mkdir -p "$tools/deno"
  echo '{ "private": true }' >"$tools/deno/package.json"
  (cd "$tools/deno" && "$setup_bun" add --exact --ignore-scripts "deno@$deno_version")
}
