# The dashboard, built from this clone's sources. Their checksum stands beside the build and tells whether it is still the right one.

dashboard_sum() (
  cd "$root" && cat bun.lock sdk/src/*.ts sdk/src/*/*.ts web/scripts/*.ts web/src/*.* web/src/*/*.* web/src/*/*/*.* | cksum
)

# Images have it built, and no sources.
dashboard_ready() {
  [ -d "$root/web/src" ] || return 0
  [ -f "$root/web/dist/sources" ] && read -r dashboard_built <"$root/web/dist/sources" &&
    [ "$dashboard_built" = "$(dashboard_sum)" ]
}

# The service runs without it and says so on its page, so that a failed build stops nothing.
ensure_dashboard() {
  dashboard_ready && return 0
  step "building the dashboard" build_dashboard || say "the dashboard could not be built; $setup_log says why"
}

build_dashboard() {
  (cd "$root/web" && "$setup_bun" --no-install scripts/build.ts) && dashboard_sum >"$root/web/dist/sources"
}
