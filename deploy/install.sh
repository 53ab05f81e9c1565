#!/bin/sh
# Installs awswhitelist as a service of this machine: a virtual environment, the systemd units, a
# configuration to begin with. Run it again to upgrade: what is there and yours is kept.
set -eu
# The service's user and those who connect read what is laid here, whatever root's own mask is.
umask 022

PREFIX=/opt/awswhitelist
SYSCONFDIR=/etc/awswhitelist
UNITDIR=/etc/systemd/system
SYSUSERSDIR=/etc/sysusers.d
STATEDIR=/var/lib/awswhitelist
PACKAGE=
PYTHON=python3
ACTION=install
PURGE=no
SYSTEM=yes

usage() {
    cat <<TEXT
Usage: install.sh [OPTION...]

Installs awswhitelist into a virtual environment, with its systemd units.

  --prefix DIR       where the program goes (default: $PREFIX)
  --package FILE     what to install: a wheel, or a source tree (default: the tree of this script)
  --python PROGRAM   the Python that runs it, 3.11 or newer (default: $PYTHON)
  --sysconfdir DIR   where the configuration goes (default: $SYSCONFDIR)
  --unitdir DIR      where the units go (default: $UNITDIR)
  --sysusersdir DIR  where the service user is described (default: $SYSUSERSDIR)
  --files-only       only lay files: make no user, tell systemd nothing
  --uninstall        remove the program and the units; keep configuration, state and audit log
  --purge            with --uninstall: remove those too
  -h, --help         show this

Nothing is started. Afterwards:

  systemctl enable --now awswhitelist.socket awswhitelist-sweep.timer
  usermod --append --groups awswhitelist NAME    # who may connect
TEXT
}

fail() {
    printf 'install.sh: %s\n' "$1" >&2
    exit "${2:-1}"
}

say() {
    printf '%s\n' "$1"
}

# The value of an option that needs one, as an absolute path without characters that a unit, or the
# replacement of sed below, would read as something else.
path_of() {
    case "${2-}" in
        "" | -*) fail "$1 needs a value" 2 ;;
        /*) ;;
        *) fail "$1 needs an absolute path, not $2" 2 ;;
    esac
    case "$2" in
        / | *[!A-Za-z0-9/._-]*) fail "$1: $2 cannot be used in a unit" 2 ;;
    esac
    printf '%s' "${2%/}"
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

while [ $# -gt 0 ]; do
    case "$1" in
        --prefix) PREFIX=$(path_of "$1" "${2-}"); shift ;;
        --sysconfdir) SYSCONFDIR=$(path_of "$1" "${2-}"); shift ;;
        --unitdir) UNITDIR=$(path_of "$1" "${2-}"); shift ;;
        --sysusersdir) SYSUSERSDIR=$(path_of "$1" "${2-}"); shift ;;
        --package) [ -n "${2-}" ] || fail "$1 needs a value" 2; PACKAGE=$2; shift ;;
        --python) [ -n "${2-}" ] || fail "$1 needs a value" 2; PYTHON=$2; shift ;;
        --files-only) SYSTEM=no ;;
        --uninstall) ACTION=uninstall ;;
        --purge) PURGE=yes ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; fail "unknown option: $1" 2 ;;
    esac
    shift
done

if [ "$PURGE" = yes ] && [ "$ACTION" != uninstall ]; then
    fail "--purge goes with --uninstall" 2
fi

units() {
    for unit in "$here"/systemd/*.socket "$here"/systemd/*.service "$here"/systemd/*.timer; do
        basename -- "$unit"
    done
}

# Only a directory that we made, or an empty one, becomes a virtual environment or is removed.
is_ours() {
    [ -e "$PREFIX/.installed-by-awswhitelist" ]
}

check_prefix() {
    if [ -d "$PREFIX" ] && ! is_ours && [ -n "$(ls -A -- "$PREFIX")" ]; then
        fail "$PREFIX has something else in it; choose another --prefix"
    fi
}

install_program() {
    "$PYTHON" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
        || fail "$PYTHON is not Python 3.11 or newer with venv; name one with --python"
    mkdir -p -- "$PREFIX"
    : > "$PREFIX/.installed-by-awswhitelist"
    [ -x "$PREFIX/bin/python" ] || "$PYTHON" -m venv "$PREFIX"
    "$PREFIX/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade \
        "${PACKAGE:-$(dirname -- "$here")}"
    install -m 0755 "$here/healthcheck.sh" "$PREFIX/bin/awswhitelist-healthcheck"
}

# A file that is there is the operator's and stays as it is.
skeleton() {
    if [ ! -e "$1" ]; then
        (umask "$2"; cat > "$1")
    fi
}

install_configuration() {
    mkdir -p -- "$SYSCONFDIR"
    # Only the service manager reads it, so it may hold what is nobody else's business.
    printf '{}\n' | skeleton "$SYSCONFDIR/config.json" 077
    # The server reads it by itself, and believes it because it is root's alone to write. Being
    # there, it makes root the operator: an empty one allows what is allowed by default.
    printf '{}\n' | skeleton "$SYSCONFDIR/policy.json" 022
}

# The operator's policy is looked for in /etc/awswhitelist; elsewhere only where the unit says so.
with_paths() {
    sed -e "s|/opt/awswhitelist|$PREFIX|g" -e "s|/etc/awswhitelist|$SYSCONFDIR|g" "$1"
}

with_policy() {
    if [ "$SYSCONFDIR" = /etc/awswhitelist ]; then
        cat
    else
        sed "s|^Environment=AWSWHITELIST_CONFIG=.*|& AWSWHITELIST_POLICY=$SYSCONFDIR/policy.json|"
    fi
}

install_units() {
    mkdir -p -- "$UNITDIR" "$SYSUSERSDIR"
    for unit in $(units); do
        with_paths "$here/systemd/$unit" | with_policy > "$UNITDIR/.$unit.new"
        chmod 0644 "$UNITDIR/.$unit.new"
        mv -- "$UNITDIR/.$unit.new" "$UNITDIR/$unit"
    done
    install -m 0644 "$here/systemd/awswhitelist.sysusers" "$SYSUSERSDIR/awswhitelist.conf"
}

tell_system() {
    [ "$SYSTEM" = yes ] || return 0
    systemd-sysusers "$SYSUSERSDIR/awswhitelist.conf"
    systemctl daemon-reload
}

uninstall() {
    if [ "$SYSTEM" = yes ]; then
        systemctl disable --now awswhitelist.socket awswhitelist-sweep.timer || true
    fi
    for unit in $(units); do
        rm -f -- "$UNITDIR/$unit"
    done
    rm -f -- "$SYSUSERSDIR/awswhitelist.conf"
    if is_ours; then
        rm -rf -- "$PREFIX"
    fi
    if [ "$PURGE" = yes ]; then
        rm -f -- "$SYSCONFDIR/config.json" "$SYSCONFDIR/policy.json"
        rmdir -- "$SYSCONFDIR" 2>/dev/null || say "Kept $SYSCONFDIR: it has more in it."
        if [ "$SYSTEM" = yes ]; then
            rm -rf -- "$STATEDIR"
        fi
    fi
    if [ "$SYSTEM" = yes ]; then
        systemctl daemon-reload
    fi
}

if [ "$SYSTEM" = yes ] && [ "$(id -u)" -ne 0 ]; then
    fail "run this as root, or with --files-only and directories of your own"
fi

case "$ACTION" in
    install)
        check_prefix
        install_program
        install_configuration
        install_units
        tell_system
        say "Installed $("$PREFIX/bin/awswhitelist" --version) in $PREFIX."
        ;;
    uninstall)
        uninstall
        say "Removed awswhitelist from $PREFIX."
        ;;
esac
