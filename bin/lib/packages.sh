# The packages, exactly as the lockfile says. The lockfile's checksum tells whether they are still the right ones.

packages_sum() { cksum <"$root/bun.lock"; }

packages_ready() { [ -d "$root/node_modules" ] && [ "$setup_packages" = "$(packages_sum)" ]; }

ensure_packages() {
  packages_ready && return 0
  if step "installing packages" install_packages; then
    setup_packages=$(packages_sum)
    return 0
  fi
  missing "the packages" "cd $root && $setup_bun install --frozen-lockfile --ignore-scripts"
  return 1
}

# No package of ours needs an install script, so none may run one. NODE_ENV=production would leave out the sample origin that the demo runs against.
install_packages() (
  unset NODE_ENV
  cd "$root" && "$setup_bun" install --frozen-lockfile --ignore-scripts
)
