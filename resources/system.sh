#!/bin/sh
# The system libraries that Qt needs on Linux. As root on Debian or Ubuntu they are installed; elsewhere they are named.
set -eu

[ "$(uname -s)" = Linux ] || exit 0

PACKAGES="libgl1 libegl1 libxkbcommon0 libxkbcommon-x11-0 libglib2.0-0 libfontconfig1 libdbus-1-3 libfreetype6
libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-image0 libxcb-render-util0 libxcb-shape0 libxcb-randr0
libxcb-xinerama0 libxcb-xkb1 fonts-dejavu-core"

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "Qt needs OpenGL, EGL, xkbcommon, fontconfig and xcb (with its cursor, icccm and keysyms helpers)."
    exit 0
fi

installed() {
    # Newer releases append t64 to some names.
    for name in "$1" "${1}t64"; do
        case "$(dpkg-query -W -f='${Status}' "$name" 2>/dev/null)" in *"ok installed"*) return 0 ;; esac
    done
    return 1
}

missing=""
for package in $PACKAGES python3-venv make; do
    case "$package" in python3-venv | make) command -v "${package%%-*}" >/dev/null 2>&1 && continue ;; esac
    installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    echo "Installing what Qt needs:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of words is meant
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "Qt needs these packages. Install them with:  sudo apt-get install$missing"
fi
