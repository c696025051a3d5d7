# Sourced by bin/infra: the checks themselves, each one line of what it is and whether it passed.

terraform_root=$root/infra/terraform
infra_passed=0 infra_failed=0 infra_left=''

# check "what" command…   The command's output is shown when it fails.
check() {
  what=$1
  shift
  if "$@" >"$infra_output" 2>&1 </dev/null; then
    infra_passed=$((infra_passed + 1))
    echo "ok      $what"
  else
    infra_failed=$((infra_failed + 1))
    echo "FAILED  $what"
    sed 's/^/        /' "$infra_output"
  fi
}

# terraform_tool ARGUMENTS…   Terraform waits a minute for a provider to start; a busy machine needs longer, so that alone is tried again.
terraform_tool() {
  tries=0
  while :; do
    status=0
    terraform "$@" >"$terraform_said" 2>&1 || status=$?
    cat "$terraform_said"
    tries=$((tries + 1))
    [ "$status" != 0 ] && [ "$tries" -lt 5 ] && grep -q 'timeout while waiting for plugin to start' "$terraform_said" || return "$status"
    echo "the provider did not start in time: once more"
  done
}

# left "what" "why"
left() {
  infra_left="$infra_left
  $1: $2"
}

infra_verdict() {
  [ -z "$infra_left" ] || printf '\nleft out:%s\n' "$infra_left"
  printf '\n%s passed, %s failed\n' "$infra_passed" "$infra_failed"
  [ "$infra_failed" = 0 ] && [ "$infra_passed" != 0 ]
}

infra_output=$(mktemp) terraform_said=$(mktemp)
trap 'rm -f "$infra_output" "$terraform_said"' EXIT

# A variable that names a missing file is a warning for each call.
[ -f "${TF_CLI_CONFIG_FILE-}" ] || unset TF_CLI_CONFIG_FILE
export TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1

# An ephemeral output is allowed in no root: the module `secrets` is looked at as a part of the environments.
terraform_folders() {
  for folder in "$terraform_root"/modules/* "$terraform_root"/envs/* "$terraform_root"/bootstrap "$terraform_root"/rehearsal; do
    [ "${folder##*/}" = secrets ] || printf '%s\n' "${folder#"$terraform_root/"}"
  done
}

terraform_init() {
  if plugins=$(provider_folder); then
    terraform_tool -chdir="$terraform_root/$1" init -backend=false -input=false -no-color -plugin-dir="$plugins"
  else
    terraform_tool -chdir="$terraform_root/$1" init -backend=false -input=false -no-color
  fi
}

check_terraform() {
  if ! command -v terraform >/dev/null 2>&1; then
    left terraform "not installed: https://developer.hashicorp.com/terraform/install (1.11 or newer)"
    return 0
  fi
  check "form of infra/terraform" terraform fmt -check -recursive -diff "$terraform_root"
  for folder in $(terraform_folders); do
    check "$folder can be initialized" terraform_init "$folder"
    check "$folder is valid" terraform_tool -chdir="$terraform_root/$folder" validate -no-color
    [ ! -d "$terraform_root/$folder/tests" ] || check "tests of $folder" terraform_tool -chdir="$terraform_root/$folder" test -no-color
  done
}

check_linters() {
  set_up_linters
  if has_lint_venv; then
    check "zizmor: workflows" "$lint_venv/bin/zizmor" --offline --no-progress --persona=pedantic .github/workflows
    # shellcheck disable=SC2046
    check "shellcheck: scripts" "$lint_venv/bin/shellcheck" -S warning -e "$from_elsewhere" $(shell_scripts)
    # Parts that others read have no first line that says so.
    check "shellcheck: parts" "$lint_venv/bin/shellcheck" -s sh -S warning -e "$from_elsewhere" bin/lib/*.sh
  else
    left "zizmor, shellcheck" "could not be set up"
  fi
  if has_checkov; then
    check "checkov: Terraform" "$checkov_venv/bin/checkov" --directory infra/terraform --framework terraform --compact --quiet --skip-download --download-external-modules false
  else
    left checkov "could not be set up"
  fi
  if [ -x "$lint_go/actionlint" ]; then
    check "actionlint: workflows" env PATH="$lint_venv/bin:$PATH" "$lint_go/actionlint"
  else
    left actionlint "needs Go"
  fi
  if [ -x "$lint_go/gitleaks" ]; then
    check "gitleaks: no secret in any commit" "$lint_go/gitleaks" git --no-banner --redact --config .gitleaks.toml .
  else
    left gitleaks "needs Go"
  fi
  if [ -x "$lint_go/tflint" ]; then
    check "tflint: Terraform" "$lint_go/tflint" --chdir=infra/terraform --recursive --config="$terraform_root/.tflint.hcl" --no-color
  else
    left tflint "needs Go"
  fi
}

# What is set in one part and used in another, and parts whose path holds a variable.
from_elsewhere=SC1090,SC1091,SC2034,SC2154

# Every file that a shell runs by itself.
shell_scripts() {
  git ls-files bin infra .ci | while read -r file; do
    case $(head -n 1 "$file" 2>/dev/null) in
      '#!'*sh) echo "$file" ;;
    esac
  done
}

# moto knows neither autoscaling nor ElastiCache: those parts are made by the tests of their modules alone.
apply_to_moto() {
  set_up report
  . "$root/bin/lib/test-servers.sh"
  has_s3 || set_up_test_servers
  folder=$(mktemp -d)
  port=$("$setup_bun" -e 'const s = Bun.serve({ port: 0, fetch: () => new Response() }); console.log(s.port); await s.stop()')
  MOTO_IAM_LOAD_MANAGED_POLICIES=true "$test_venv/bin/moto_server" -H 127.0.0.1 -p "$port" >"$folder/moto.log" 2>&1 &
  moto=$!
  # What an earlier run made is gone with its stand-in.
  rm -f "$terraform_root"/rehearsal/terraform.tfstate*
  trap 'kill "$moto" 2>/dev/null; rm -rf "$folder" "$infra_output" "$terraform_said" "$terraform_root"/rehearsal/terraform.tfstate*' EXIT
  TF_VAR_endpoint=http://127.0.0.1:$port
  export TF_VAR_endpoint
  # What the operator brings is there before.
  brought='-target=aws_route53_zone.this -target=aws_acm_certificate.this'
  targets=-target=module.secrets
  for part in module.network module.database module.storage module.service module.observability module.events aws_kms_alias.this aws_route53_record.api; do
    targets="$targets -target=module.vidferry.$part"
  done
  check "a stand-in for AWS listens" wait_for_moto "$port"
  check "rehearsal can be initialized" terraform_init rehearsal
  # shellcheck disable=SC2086
  check "zone and certificate are made" terraform_tool -chdir="$terraform_root/rehearsal" apply $rehearsal_options $brought
  # shellcheck disable=SC2086
  check "rehearsal is made" terraform_tool -chdir="$terraform_root/rehearsal" apply $rehearsal_options $targets
  check "the password is not in the state" password_is_unknown "$terraform_root/rehearsal/terraform.tfstate"
  # shellcheck disable=SC2086
  check "rehearsal is destroyed" terraform_tool -chdir="$terraform_root/rehearsal" destroy $rehearsal_options
}

rehearsal_options='-no-color -auto-approve -input=false'

wait_for_moto() {
  tries=0
  until curl -fs -o /dev/null "http://127.0.0.1:$1/moto-api/"; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || return 1
    sleep 1
  done
}

password_is_unknown() { [ -s "$1" ] && ! grep -q 'postgres://vidferry:' "$1"; }
