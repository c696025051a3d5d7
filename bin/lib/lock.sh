# One set-up at a time in a clone: a folder is the lock (mkdir is atomic), with the owner's pid inside it.

setup_lock=$tools/lock

# side_by_side FUNCTION…: set-ups that need nothing of one another, under one lock. Only the first may ask the user.
side_by_side() {
  take_lock
  prepare_pip || true
  setup_lock_shared=1
  first=$1
  shift
  for part in "$@"; do "$part" & done
  "$first"
  setup_lock_shared=0
  drop_lock
}

setup_lock_shared=0

take_lock() {
  [ "$setup_lock_shared" = 0 ] || return 0
  waited=0
  while ! mkdir "$setup_lock" 2>/dev/null; do
    owner=$(cat "$setup_lock/pid" 2>/dev/null || true)
    if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
      break_lock "$owner"
      continue
    fi
    # A lock without a pid: its owner is between mkdir and writing the pid, or was killed there.
    if [ -z "$owner" ] && [ "$waited" -ge 10 ]; then
      break_lock ''
      continue
    fi
    [ "$waited" -ne 0 ] || say "waiting for another set-up of this clone${owner:+ (process $owner)}"
    waited=$((waited + 1))
    sleep 1
  done
  trap drop_lock EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  echo $$ >"$setup_lock/pid"
}

# Renaming is atomic, so only one of several processes that find a dead owner removes the lock; if the lock that it renamed
# turns out to belong to a newer owner, it is restored.
break_lock() {
  mv "$setup_lock" "$setup_lock.$$" 2>/dev/null || return 0
  if [ "$(cat "$setup_lock.$$/pid" 2>/dev/null || true)" = "$1" ]; then
    rm -rf "$setup_lock.$$"
  else
    mv "$setup_lock.$$" "$setup_lock" 2>/dev/null || true
  fi
}

# Parts that were started side by side end first, also when this was interrupted: nobody else may write where they do.
drop_lock() {
  wait
  [ "$setup_lock_shared" = 0 ] || return 0
  rm -rf "$setup_lock"
  trap - EXIT INT TERM
}
