# The servers that only tests need: PostgreSQL and Redis from the system, an S3 protocol server from PyPI.
# What cannot be had is named; its tests are then skipped.

moto_requirement='moto[s3,server]==5.2.5'
test_venv=$tools/test-venv

set_up_test_servers() {
  has_redis && has_postgres && has_s3 && return 0
  take_lock
  has_redis || system_install "Redis" redis-server redis redis redis || true
  has_postgres || system_install "PostgreSQL" postgresql postgresql-server postgresql postgresql || true
  has_s3 || { find_python && make_venv "$test_venv" && step "setting up an S3 server for tests from PyPI" pip_moto; } || true
  drop_lock
  has_redis || missing "Redis (its tests are skipped)" "$(system_line redis-server redis redis redis)"
  has_postgres || missing "PostgreSQL (its tests are skipped)" "$(system_line postgresql postgresql-server postgresql postgresql)"
  has_s3 || missing "an S3 server (its tests are skipped)" "python3 -m venv $test_venv && $test_venv/bin/pip install '$moto_requirement'"
}

has_redis() { command -v redis-server >/dev/null 2>&1 || command -v valkey-server >/dev/null 2>&1; }

has_postgres() {
  command -v postgres >/dev/null 2>&1 && return 0
  for program in /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres \
    /opt/homebrew/opt/postgresql@*/bin/postgres /usr/local/opt/postgresql@*/bin/postgres; do
    [ ! -x "$program" ] || return 0
  done
  return 1
}

has_s3() {
  { [ -x "$test_venv/bin/moto_server" ] && "$test_venv/bin/pip" --version >/dev/null 2>&1; } || command -v moto_server >/dev/null 2>&1
}

pip_moto() {
  "$test_venv/bin/python" -m pip install --disable-pip-version-check --quiet "$moto_requirement"
}
