#!/bin/sh
# Downloads a video with curl alone: sh main.sh URL [FOLDER]
set -eu
[ $# -ge 1 ] || { echo "usage: sh main.sh URL [FOLDER]" >&2; exit 2; }
url=$1 folder=${2-.}
service=${VIDFERRY_URL-http://127.0.0.1:8080}
api=$service/api/v1

call() { curl -sS --fail-with-body --retry 3 ${VIDFERRY_API_KEY:+-H "Authorization: Bearer $VIDFERRY_API_KEY"} "$@"; }
# Answered when the job is over, or after a minute with how it is then.
job=$(call "$api/downloads" -H 'content-type: application/json' -H 'prefer: wait=60' \
  -d "{\"url\": \"$url\", \"output\": {\"type\": \"audio\", \"format\": \"m4a\"}}")
id=$(printf %s "$job" | grep -o 'job_[0-9a-f]*' | head -n 1)

# A `curl -N "$api/downloads/$id/events"` shows all that happens; this asks now and then.
until case $job in *'"state":"succeeded"'* | *'"state":"failed"'* | *'"state":"canceled"'*) true ;; *) false ;; esac; do
  sleep 2
  job=$(call "$api/downloads/$id")
done
case $job in
  *'"state":"succeeded"'*) ;;
  *) echo "$id: $(printf %s "$job" | grep -o '"error":{[^}]*}')" >&2; exit 1 ;;
esac

mkdir -p "$folder"
cd "$folder"
# The answer has the name; -C - goes on with a file that is there in part.
for file in $(printf %s "$job" | grep -o '"url":"[^"]*/files/art_[^"]*"' | cut -d'"' -f4); do
  case $file in /*) file=$service$file ;; esac
  call -L -OJ -w '%{filename_effective}\n' "$file"
done
