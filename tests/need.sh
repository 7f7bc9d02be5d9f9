#!/bin/sh
# What the tests need from the operating system, beside Python: installed where this runs as root on Debian or Ubuntu,
# else named in the exact command to type. Where all is there it only looks, and starts no program that takes time.

missing=""
any_chromium="" # set where Chromium with its windows does as well: it takes twice the time

need() { # package, then the test that says whether it is there
    package=$1
    shift
    "$@" || missing="$missing $package"
}

has_jdk() { # Java 11 or newer with its compiler; the version is read from a file, as starting Java takes long
    command -v java >/dev/null && javac=$(command -v javac) || return 1
    release=$(dirname "$(dirname "$(readlink -f "$javac")")")/release
    [ -r "$release" ] || return 0
    major=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$release")
    [ "${major:-0}" -ge 11 ]
}

has_postgresql() { # the server's programs, 15 or newer; a running server is not needed
    for initdb in /usr/lib/postgresql/*/bin/initdb; do
        major=${initdb#/usr/lib/postgresql/}
        [ -x "$initdb" ] && [ "${major%%[!0-9]*}" -ge 15 ] && return 0
    done
    command -v initdb >/dev/null && initdb --version | grep -Eq ' (1[5-9]|[2-9][0-9])'
}

has_chromium() {
    command -v chromium-headless-shell >/dev/null && return
    [ -n "$any_chromium" ] && { command -v chromium >/dev/null || command -v chromium-browser >/dev/null; }
}

has_npm() { # Debian's package brings Node.js
    command -v npm >/dev/null && command -v node >/dev/null
}

has_pango() { # sets the text of PDF files
    [ -e /usr/lib/*/libpangoft2-1.0.so.0 ] || [ -e /usr/lib/libpangoft2-1.0.so.0 ]
}

has_poppler() { # reads the PDF files again
    command -v pdftotext >/dev/null && command -v pdftoppm >/dev/null
}

has_calc() { # opens the workbooks, and works out their sums
    command -v soffice >/dev/null
}

has_fonts() {
    [ -e /usr/share/fonts/truetype/noto/NotoSans-Regular.ttf ]
}

look() {
    missing=""
    need default-jdk-headless has_jdk
    need postgresql has_postgresql
    need chromium-headless-shell has_chromium
    need fonts-noto-core has_fonts
    need libpangoft2-1.0-0 has_pango
    need libreoffice-calc has_calc
    need poppler-utils has_poppler
    need npm has_npm
}

can_install() {
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null
}

can_install || any_chromium=yes
look
[ -z "$missing" ] && exit 0

if ! can_install; then
    echo "Pengujian memerlukan program lain. Jalankan dahulu, lalu ulangi:" >&2
    echo "The tests need other programs. Run this first, then again:" >&2
    echo "  sudo apt-get update && sudo apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

echo "Memasang / installing:$missing" >&2
# Debian's package makes and starts a cluster of its own on installation, which nobody asked for: the tests start theirs.
conf=/etc/postgresql-common/createcluster.d/no-cluster-for-tests.conf
case $missing in
*postgresql*)
    mkdir -p "${conf%/*}"
    echo "create_main_cluster = false" >"$conf"
    trap 'rm -f "$conf"' EXIT
    ;;
esac
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
apt() { # another program that installs, such as a nightly upgrade, is waited for
    apt-get -o DPkg::Lock::Timeout=600 -qq "$@"
}
apt update >"$log" 2>&1
for package in $missing; do # one by one: what a distribution lacks does not keep out the others
    apt install -y --no-install-recommends "$package" >>"$log" 2>&1 || cat "$log" >&2
done
rm -f "$log"

any_chromium=yes # a distribution that has no other
look
[ -z "$missing" ] && exit 0
echo "Belum terpasang, atau terlalu lama (Java >= 11, PostgreSQL >= 15):$missing" >&2
echo "Still missing, or too old (Java >= 11, PostgreSQL >= 15):$missing" >&2
exit 1
