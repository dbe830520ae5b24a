#!/usr/bin/env bash
# Installs what building and testing needs and this machine lacks. Run again it does nothing, quickly.
#
#   scripts/setup.sh            install what is missing
#   scripts/setup.sh --check    only say what is missing (exit 1)
#   scripts/setup.sh dev        install what running needs (PostgreSQL, a C compiler), not what testing needs
#
# Debian and Ubuntu: apt-get, as root or with sudo. macOS: Homebrew. Elsewhere: says what to install.
# The clients that the interop tests drive (Node packages, Python environments) stay inside the
# repository: tests/interop/install.sh, which this runs last.
set -euo pipefail
exec < /dev/null

cd "$(dirname -- "${BASH_SOURCE[0]}")/.."
check=${1-}
testing() { [ "$check" != dev ]; }

say() { printf 'setup: %s\n' "$*" >&2; }
have() { command -v "$1" > /dev/null 2>&1; }

# rustup puts cargo where a login shell finds it; a script may not.
if ! have cargo && [ -f "$HOME/.cargo/env" ]; then
    # shellcheck disable=SC1091
    . "$HOME/.cargo/env"
fi
if ! have cargo; then
    say "Rust is missing: install it from https://rustup.rs and run this again"
    exit 1
fi

# The server binaries: initdb and postgres, in PATH or where packages put them.
postgres_installed() {
    have initdb && have postgres && return
    local folder
    for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin \
        /usr/local/opt/postgresql*/bin /Applications/Postgres.app/Contents/Versions/latest/bin; do
        if [ -x "$folder/initdb" ]; then return; fi
    done
    return 1
}
chromium_installed() {
    have chromium || have chromium-browser || have google-chrome || have google-chrome-stable ||
        [ -d "/Applications/Google Chrome.app" ] || [ -d /Applications/Chromium.app ]
}
python_installed() { python3 -c 'import ensurepip, venv' 2> /dev/null; }

debian=()
brew=()
if ! have cc; then
    if [ "$(uname)" = Darwin ]; then
        say "a C compiler is missing: run xcode-select --install and then this again"
        exit 1
    fi
    debian+=(build-essential)
fi
postgres_installed || { debian+=(postgresql) && brew+=(postgresql@17); }
if testing; then
    chromium_installed || { debian+=(chromium) && brew+=(--cask=chromium); }
    have node || { debian+=(nodejs) && brew+=(node); }
    have npm || debian+=(npm)
    # Counts instructions (crates/measures); there is none for macOS.
    have valgrind || debian+=(valgrind)
    python_installed || { debian+=(python3 python3-venv) && brew+=(python); }
fi

install_debian() {
    local -a as_root=()
    if [ "$(id -u)" != 0 ]; then
        if ! have sudo; then
            say "missing: ${debian[*]}; as root, run: apt-get install ${debian[*]}"
            exit 1
        fi
        as_root=(sudo)
    fi
    say "installing ${debian[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${debian[@]}"
}

install_brew() {
    local package
    for package in ${brew[@]+"${brew[@]}"}; do
        case $package in
            --cask=*) say "installing ${package#--cask=}" && brew install --quiet --cask "${package#--cask=}" ;;
            *) say "installing $package" && brew install --quiet "$package" ;;
        esac
    done
}

if [ ${#debian[@]} -gt 0 ]; then
    if [ "$check" = --check ]; then
        say "missing: ${debian[*]}"
        exit 1
    elif have apt-get; then
        install_debian
    elif have brew; then
        install_brew
    else
        say "missing, by their Debian names: ${debian[*]}; install them and run this again"
        exit 1
    fi
fi

testing || exit 0

for component in rustfmt clippy; do
    if ! cargo "${component/rustfmt/fmt}" --version > /dev/null 2>&1; then
        if [ "$check" = --check ] || ! have rustup; then
            say "the Rust component $component is missing: run rustup component add $component"
            exit 1
        fi
        say "installing $component"
        rustup component add "$component"
    fi
done

tests/interop/install.sh "$@"
