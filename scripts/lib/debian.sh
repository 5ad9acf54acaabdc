# shellcheck shell=bash
# Debian's packages: installed by apt, or of another Debian release, unpacked into the cache. Sourced, never run.

# can_be_root: this is root, or sudo works without a password or can ask for one at a terminal.
can_be_root() { [ "$(id -u)" = 0 ] || { have sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; }; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# apt_install PACKAGE...: as root. Without root it prints the command to run, and fails.
apt_install() {
  if ! have apt-get; then
    say "please install: $* (no apt-get on this system)"
    return 1
  fi
  if ! can_be_root; then
    say "this needs root, and sudo does not work. Please run as root:"
    say "apt-get update && apt-get install --no-install-recommends $*"
    return 1
  fi
  say "installing from Debian: $*"
  with_lock apt apt_install_locked "$@"
}

apt_install_locked() {
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  install+=(install -y -qq --no-install-recommends)
  as_root "${install[@]}" "$@" >"$CACHE/apt.log" 2>&1 && return
  # The package lists may be missing (in a container's image) or outdated.
  as_root apt-get -o Acquire::Retries=3 update -qq >>"$CACHE/apt.log" 2>&1 || say "apt-get update failed; installing without it"
  as_root "${install[@]}" "$@" >>"$CACHE/apt.log" 2>&1 && return
  tail -n 15 "$CACHE/apt.log" >&2
  return 1
}

# need_program PROGRAM PACKAGE: installs Debian's package if the program is missing.
need_program() { have "$1" || apt_install "$2"; }

# archive_uri: the URI of Debian's main archive in this system's own sources (deb822 or one-line), never the security archive.
# A cloud's image may name a list of mirrors (mirror+file:…) or a path of its own (…/debian/packages).
archive_uri() {
  local uri pattern from=${APT_SOURCES:-/etc/apt}
  for pattern in '/debian/?$' '/debian/|^mirror[+]'; do
    uri=$(cat "$from"/sources.list.d/*.sources "$from"/sources.list "$from"/sources.list.d/*.list 2>/dev/null |
      awk -v pattern="$pattern" '$1 == "URIs:" || $1 == "deb" {
        for (i = 2; i <= NF; i++) if ($i ~ pattern && $i !~ /security/) {print $i; exit}}') || true
    [ -z "$uri" ] || break
  done
  [ -n "$uri" ] && printf '%s\n' "$uri"
}

# unpack_deb RELEASE PACKAGE FOLDER: unpacks the package of any Debian release into FOLDER, verified by Debian's keyring.
# The system's own sources and package lists are not changed.
unpack_deb() {
  local suite=$1 package=$2 folder=$3 keyring=/usr/share/keyrings/debian-archive-keyring.gpg work uri options
  uri=$(archive_uri) || { say "found no Debian archive in this system's sources"; return 1; }
  [ -e "$keyring" ] || { say "no $keyring: install debian-archive-keyring"; return 1; }
  work=$folder.apt
  rm -rf "$work"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$folder"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$uri" "$suite" "$keyring" >"$work/one.sources"
  options=(-o "Dir::Etc::sourcelist=$work/one.sources" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists"
    -o "Dir::Cache=$work/cache" -o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Sandbox::User=root)
  (
    cd "$work"
    apt-get "${options[@]}" -qq update && apt-get "${options[@]}" -qq download "$package"
  ) >"$work/log" 2>&1 || {
    tail -n 5 "$work/log" >&2
    return 1
  }
  dpkg-deb -x "$work/$package"_*.deb "$folder"
  rm -rf "$work"
}
