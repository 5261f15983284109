#!/usr/bin/env bash
# Make sure of the few system packages that wheels and tests need. Usage: system.sh run|test
#   run   what drawing needs: libEGL and libGL (linked by skia, never used for more)
#   test  the same, and Chromium for the page tests
# Installs them where that is possible (root or passwordless sudo on Debian or Ubuntu), else prints one line to paste.
# Never fails: what is missing is said again, clearly, by the program or test that needs it.
set -u
have_library() { ldconfig -p 2>/dev/null | grep -q "$1" || ls /usr/lib/*/"$1"* >/dev/null 2>&1; }
missing=()
if [ "$(uname -s)" = Linux ]; then
  have_library libEGL.so.1 || missing+=(libegl1)
  have_library libGL.so.1 || missing+=(libgl1)
  if [ "${1:-run}" = test ]; then
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing+=(chromium)
  fi
fi
[ ${#missing[@]} -eq 0 ] && exit 0
as_root=()
if [ "$(id -u)" != 0 ]; then
  if sudo -n true 2>/dev/null; then as_root=(sudo -n); else as_root=(false); fi
fi
say_how() { echo "Please install what is missing:  sudo apt-get install -y ${missing[*]}" >&2; }
if ! command -v apt-get >/dev/null 2>&1 || [ "${as_root[0]:-}" = false ]; then say_how; exit 0; fi
echo "Installing ${missing[*]} ..."
export DEBIAN_FRONTEND=noninteractive
if ! "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1; then
  "${as_root[@]}" apt-get update -qq >/dev/null 2>&1
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 || say_how
fi
exit 0
