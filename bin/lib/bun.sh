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
  has_sha512 "$tools/bun.new/bun.tgz" "$(bun_sha512 "$platform")" || return 1
  tar -xzf "$tools/bun.new/bun.tgz" -C "$tools/bun.new" || return 1
  rm -rf "$tools/bun"
  mv "$tools/bun.new/package" "$tools/bun" && chmod +x "$tools/bun/bin/bun" && rm -rf "$tools/bun.new"
}

# Of the package of bun_version; npm checks its own downloads, a plain one has to be checked here.
bun_sha512() {
  case $1 in
    linux-x64) echo 2165fd0442e8187014b4ca2791e49a35a6705f3464fa80f0e8c93e1c115777728760804d06c20646ea4c64f7203680db2692eeea00098c8a0854f66db75689d6 ;;
    linux-aarch64) echo e015e6b122a78ceae5196a99578c7fa166bb015a11f81ea509775d3333805c1226dede747ac960f706faea09ad5b501a984435975083be69abbb2b0486a39632 ;;
    darwin-x64) echo aa42cf3061d933d348e827874d6c157b3ce6968e9c0b84daef25008d82165d2dfaeaa41c3a5729ef9b76b99ca2b9544130f4b487da84d2d09cbc21c6685aa326 ;;
    darwin-aarch64) echo e0c2055c799cb47d84840c4b5e6dbfab136dbf5edd16d2c9ca5bda382b2b82ae8a4aa1d3b3a796e584ab26345b27161425a47dd357ec37c25f64e6be0ac5a959 ;;
    linux-x64-musl) echo d744285bf61f4e09d445a184687a490a25e32c8d9ee624ed7d50da03924a73253369ad5caba715518f7f52ae57918cefb518c72d17bd3a3fe54c3210731cbc1d ;;
    linux-aarch64-musl) echo 5c235cf96bef30074d35bf8e593a20a72f8df709bad9f91578454b6fa868c34459856e4b3e2e9cec19647950ae5a9b3b5e3125dac685a4715adb4ff513e3c01e ;;
  esac
}
