# Bun: from PATH, else from npm, else the same package by a plain download.

bun_minimum=1.3.3 # older ones read .env.local and others whatever they are told
bun_version=1.4.5

ensure_bun() {
  use_bun "$setup_bun" && return 0
  use_bun "$(command -v bun 2>/dev/null || true)" && return 0
  use_npm_bun && return 0
  if command -v npm >/dev/null 2>&1 &&
    step "setting up Bun $bun_version from npm" npm install --prefix "$tools" --loglevel=error --no-audit --no-fund --fetch-retries=1 --fetch-timeout=60000 "bun@$bun_version"; then
    use_npm_bun && return 0
  fi
  if command -v curl >/dev/null 2>&1 || command -v wget >/dev/null 2>&1; then
    step "setting up Bun $bun_version by download" fetch_bun && use_bun "$tools/bun/bin/bun" && return 0
  fi
  missing "Bun" "npm install -g bun@$bun_version   (or: curl -fsSL https://bun.com/install | bash)"
  return 1
}

use_bun() {
  [ -x "$1" ] && version_at_least "$("$1" --version 2>/dev/null)" "$bun_minimum" || return 1
  setup_bun=$1
}

# The launcher is filled in by npm's install script; where scripts are off, the platform package holds the program.
use_npm_bun() {
  for candidate in "$tools/node_modules/bun/bin/bun.exe" "$tools"/node_modules/@oven/bun-*/bin/bun "$tools/bun/bin/bun"; do
    use_bun "$candidate" && return 0
  done
  return 1
}

fetch_bun() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) platform=linux-x64 ;;
    Linux-aarch64 | Linux-arm64) platform=linux-aarch64 ;;
    Darwin-x86_64) platform=darwin-x64 ;;
    Darwin-arm64) platform=darwin-aarch64 ;;
    *) return 1 ;;
  esac
  if is_musl; then platform=$platform-musl; fi
  registry=${npm_config_registry:-https://registry.npmjs.org}
  rm -rf "$tools/bun.new"
  mkdir -p "$tools/bun.new"
  download "${registry%/}/@oven/bun-$platform/-/bun-$platform-$bun_version.tgz" "$tools/bun.new/bun.tgz" || return 1
  tar -xzf "$tools/bun.new/bun.tgz" -C "$tools/bun.new" || return 1
  rm -rf "$tools/bun"
  mv "$tools/bun.new/package" "$tools/bun" && chmod +x "$tools/bun/bin/bun" && rm -rf "$tools/bun.new"
}
