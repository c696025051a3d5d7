# Programs that tests run on the OpenAPI document: linters, generators of clients, a fuzzer, and a check for breaking changes.
# What cannot be installed is reported, and its tests are skipped.

api_tools=$tools/api-tools
clients_venv=$tools/clients-venv
fuzz_venv=$tools/fuzz-venv
# renovate: datasource=go depName=github.com/oasdiff/oasdiff
oasdiff_version=1.37.0

set_up_api_tools() {
  has_api_tools && return 0
  take_lock
  prepare_pip || true
  # Side by side: each waits for its registry, and most use one processor.
  { has_npm_api_tools || step "setting up linters and generators for the OpenAPI document from npm" npm_api_tools || true; } &
  { has_openapi_python_client || pip_tool "$clients_venv" clients openapi-python-client || true; } &
  { has_schemathesis || pip_tool "$fuzz_venv" fuzz schemathesis || true; } &
  { has_oasdiff || step "building oasdiff from the Go module proxy" go_oasdiff || true; } &
  drop_lock
  has_npm_api_tools || missing "the linters of the OpenAPI document (their tests are skipped)" "cd $api_tools && $setup_bun install --frozen-lockfile --ignore-scripts"
  has_openapi_python_client || missing "openapi-python-client (its test is skipped)" "python3 -m venv $clients_venv && $clients_venv/bin/pip install -r $root/bin/lib/python/clients.txt"
  has_schemathesis || missing "schemathesis (its test is skipped)" "python3 -m venv $fuzz_venv && $fuzz_venv/bin/pip install -r $root/bin/lib/python/fuzz.txt"
}

has_api_tools() { has_npm_api_tools && has_openapi_python_client && has_schemathesis && has_oasdiff; }

has_npm_api_tools() { [ -d "$api_tools/node_modules" ] && cmp -s "$root/bin/lib/api-tools/bun.lock" "$api_tools/bun.lock"; }

npm_api_tools() {
  mkdir -p "$api_tools" && cp "$root/bin/lib/api-tools/package.json" "$api_tools/" || return 1
  cp "$root/bin/lib/api-tools/bun.lock" "$api_tools/" || return 1
  (cd "$api_tools" && "$setup_bun" install --frozen-lockfile --ignore-scripts) || { rm -f "$api_tools/bun.lock"; return 1; }
}

has_openapi_python_client() { [ -x "$clients_venv/bin/openapi-python-client" ] && "$clients_venv/bin/python" -c '' 2>/dev/null; }

has_schemathesis() { [ -x "$fuzz_venv/bin/schemathesis" ] && "$fuzz_venv/bin/python" -c '' 2>/dev/null; }

# pip_tool VENV PINS NAME
pip_tool() {
  make_tool_venv "$1" || return 1
  step "setting up $3 for tests from PyPI" pip_into "$1" -r "$root/bin/lib/python/$2.txt"
}

# It takes a minute of processor time to build, and a document that has not changed since the last release needs none of it.
has_oasdiff() {
  [ -x "$tools/oasdiff/oasdiff" ] || cmp -s "$root/sdk/openapi.json" "$root/api/openapi-released.json" || ! command -v go >/dev/null 2>&1
}

# Go checks modules against its checksum database. Its caches would lie outside the clone.
go_oasdiff() (
  CGO_ENABLED=0 GOPATH=$tools/oasdiff/go GOCACHE=$tools/oasdiff/cache GOBIN=$tools/oasdiff GOFLAGS='-modcacherw -trimpath'
  export CGO_ENABLED GOPATH GOCACHE GOBIN GOFLAGS
  # Without inlining: it runs for a second.
  go install -gcflags=all=-l "github.com/oasdiff/oasdiff@v$oasdiff_version" && rm -rf "$GOPATH" "$GOCACHE"
)
