# Programs that check what deploys: linters from PyPI, and from the Go module proxy where Go is installed. Terraform itself is taken
# from PATH. What cannot be had is reported, and its checks are left out.

lint_venv=$tools/lint-venv
checkov_venv=$tools/checkov-venv
lint_go=$tools/lint-go
# renovate: datasource=go depName=github.com/rhysd/actionlint
actionlint_version=1.7.12
# renovate: datasource=go depName=github.com/zricethezav/gitleaks/v8
gitleaks_version=8.30.1
# renovate: datasource=go depName=github.com/terraform-linters/tflint
tflint_version=0.64.0

# Linters that are there in seconds: zizmor and shellcheck.
set_up_quick_linters() {
  has_lint_venv && return 0
  take_lock
  has_lint_venv || infra_pip "$lint_venv" lint "zizmor and shellcheck" || true
  drop_lock
  has_lint_venv || missing "zizmor and shellcheck (their checks are left out)" "python3 -m venv $lint_venv && $lint_venv/bin/pip install -r $root/bin/lib/python/lint.txt"
}

# And those that take longer: checkov, and what Go builds in a quarter of an hour.
set_up_linters() {
  set_up_quick_linters
  if ! has_checkov; then
    take_lock
    has_checkov || infra_pip "$checkov_venv" checkov checkov || true
    drop_lock
    has_checkov || missing "checkov (its check is left out)" "python3 -m venv $checkov_venv && $checkov_venv/bin/pip install -r $root/bin/lib/python/checkov.txt"
  fi
  has_go_linters && return 0
  if ! command -v go >/dev/null 2>&1; then
    missing "actionlint, gitleaks and tflint (their checks are left out)" "$(system_line golang golang go go)"
    return 0
  fi
  # Outside the lock: nobody else needs them, and they take long.
  [ -x "$lint_go/actionlint" ] || step "building actionlint from the Go module proxy" go_linter "github.com/rhysd/actionlint/cmd/actionlint@v$actionlint_version" || true
  [ -x "$lint_go/gitleaks" ] || step "building gitleaks from the Go module proxy" go_linter "github.com/zricethezav/gitleaks/v8@v$gitleaks_version" || true
  [ -x "$lint_go/tflint" ] || step "building tflint from the Go module proxy (some ten minutes)" go_linter "github.com/terraform-linters/tflint@v$tflint_version" || true
  rm -rf "$lint_go/go" "$lint_go/cache"
}

has_lint_venv() { [ -x "$lint_venv/bin/zizmor" ] && "$lint_venv/bin/python" -c '' 2>/dev/null; }

has_checkov() { [ -x "$checkov_venv/bin/checkov" ] && "$checkov_venv/bin/python" -c '' 2>/dev/null; }

has_go_linters() { [ -x "$lint_go/actionlint" ] && [ -x "$lint_go/gitleaks" ] && [ -x "$lint_go/tflint" ]; }

# infra_pip VENV PINS NAME
infra_pip() {
  make_tool_venv "$1" || return 1
  step "setting up $3 from PyPI" pip_into "$1" -r "$root/bin/lib/python/$2.txt"
}

# Go checks modules against its checksum database. Its caches would lie outside the clone.
go_linter() (
  mkdir -p "$lint_go"
  CGO_ENABLED=0 GOPATH=$lint_go/go GOCACHE=$lint_go/cache GOBIN=$lint_go GOFLAGS='-modcacherw -trimpath'
  export CGO_ENABLED GOPATH GOCACHE GOBIN GOFLAGS
  nice -n 19 go install "$1"
)

# A folder that holds the AWS provider, so that nothing is downloaded; none: Terraform's registry.
provider_folder() {
  for folder in "${TF_PLUGIN_DIR-}" /opt/tf-plugins "$HOME/.terraform.d/plugins" /usr/local/share/terraform/plugins /usr/share/terraform/plugins; do
    [ -n "$folder" ] && [ -d "$folder/registry.terraform.io/hashicorp/aws" ] || continue
    echo "$folder"
    return 0
  done
  return 1
}
