# The machine: its package manager, and downloads by whatever can download.

package_manager() {
  for manager in apt-get dnf apk brew; do
    if command -v "$manager" >/dev/null 2>&1; then
      echo "$manager"
      return 0
    fi
  done
  return 1
}

# system_line "packages for apt-get" "for dnf" "for apk" "for brew": the command a user would type.
system_line() {
  prefix='sudo '
  [ "$(id -u)" != 0 ] || prefix=''
  case $(package_manager) in
    apt-get) echo "${prefix}apt-get install -y $1" ;;
    dnf) echo "${prefix}dnf install -y $2" ;;
    apk) echo "${prefix}apk add $3" ;;
    brew) echo "brew install $4" ;;
    *) echo "$4, with this system's package manager" ;;
  esac
}

# system_install "what for" "apt-get" "dnf" "apk" "brew": as root at once, else only when the user says yes.
system_install() {
  purpose=$1
  shift
  manager=$(package_manager) || return 1
  if [ "$manager" = brew ]; then
    confirm "$(system_line "$@")" || return 1
    # shellcheck disable=SC2086 # a list of packages
    step "installing $purpose with brew" brew install $4
    return
  fi
  as_root=''
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || return 1
    confirm "$(system_line "$@")" || return 1
    as_root=sudo
  fi
  # shellcheck disable=SC2086
  case $manager in
    apt-get)
      step "installing $purpose with apt-get" apt_install "$1" ;;
    dnf) step "installing $purpose with dnf" $as_root dnf install -y -q $2 ;;
    apk) step "installing $purpose with apk" $as_root apk add --no-cache -q $3 ;;
  esac
}

# The lists of a fresh container are empty and those of an old one stale, so a refusal is tried once more with new lists.
apt_install() {
  # shellcheck disable=SC2086
  set -- $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $1
  "$@" || { $as_root apt-get update -qq && "$@"; }
}

confirm() {
  [ -z "${CI:-}" ] && [ -t 0 ] && [ -t 2 ] || return 1
  printf 'vidferry: run "%s"? [y/N] ' "$1" >&2
  read -r answer || return 1
  case $answer in [yY] | [yY][eE][sS]) return 0 ;; *) return 1 ;; esac
}

# download URL FILE
download() {
  if command -v curl >/dev/null 2>&1; then
    curl -fsSL --retry 2 --connect-timeout 20 -o "$2" "$1"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -T 20 -O "$2" "$1"
  elif [ -x "$setup_bun" ]; then
    "$setup_bun" -e 'const [url, file] = process.argv.slice(1); const r = await fetch(url); if (!r.ok) throw new Error(`${url}: ${r.status}`); await Bun.write(file, r)' "$1" "$2"
  else
    return 1
  fi
}

# has_sha512 FILE SUM: false also where nothing here can tell.
has_sha512() {
  sum=$(sha512sum "$1" 2>/dev/null || shasum -a 512 "$1" 2>/dev/null || openssl dgst -sha512 -r "$1" 2>/dev/null) || return 1
  [ "${sum%% *}" = "$2" ] || {
    echo "$1 is not what was expected: its SHA-512 is ${sum%% *} instead of $2"
    return 1
  }
}

is_musl() { ls /lib/ld-musl-* >/dev/null 2>&1; }
