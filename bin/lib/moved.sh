# A clone that was copied or moved: the paths in .tools refer to the old location, which may be gone or belong to another clone.

forget_old_place() {
  setup_moved=1
  for name in setup_bun setup_ytdlp setup_ffmpeg setup_ffprobe setup_js_runtime; do
    eval "value=\$$name"
    case $value in "$tools"/* | *:"$tools"/*) ;; */.tools/*) eval "$name=''" ;; esac
  done
}

# A Python environment finds its packages wherever it is; only the scripts in it begin with the path of their Python.
repair_environments() {
  for environment in "$tools"/*venv; do
    [ -x "$environment/bin/python" ] || continue
    say "repairing ${environment#"$root/"}, which was made in another place"
    for script in "$environment"/bin/*; do
      if [ -f "$script" ] && [ ! -L "$script" ]; then name_python "$script" "$environment/bin/python"; fi
    done
  done
}

# name_python SCRIPT PYTHON: the first lines that pip would write, which also work for paths with blanks.
name_python() {
  IFS= read -r first <"$1" || return 0
  case $first in
    '#!'*python*) lines=1 ;;
    '#!/bin/sh') case $(sed -n 2p "$1") in "'''exec'"*) lines=3 ;; *) return 0 ;; esac ;;
    *) return 0 ;;
  esac
  {
    printf "#!/bin/sh\n'''exec' \"%s\" \"\$0\" \"\$@\"\n' '''\n" "$2"
    sed "1,${lines}d" "$1"
  } >"$1.new" && cat "$1.new" >"$1"
  rm -f "$1.new"
}
