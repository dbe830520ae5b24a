#!/usr/bin/env bash
# Has libFuzzer look for bytes that a parser cannot bear. Needs a nightly toolchain and cargo-fuzz.
#
#   scripts/fuzz.sh                    every target, ten minutes each
#   scripts/fuzz.sh --seconds 60       every target, a minute each
#   scripts/fuzz.sh jws passkey        these
#
# It fails when one panics, takes longer than a second for one input, or more than 512 MB of memory. The input is
# then in fuzz/artifacts: put it into the target's folder of fuzz/corpus, where every later change meets it.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."

seconds=600
targets=()
while [ $# -gt 0 ]; do
    case $1 in
        --seconds) seconds=${2:?--seconds needs a number}; shift 2 ;;
        -*) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
        *) targets+=("$1"); shift ;;
    esac
done
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(cd fuzz/corpus && ls)
fi
if ! command -v cargo-fuzz > /dev/null; then
    echo "cargo-fuzz is missing: cargo install cargo-fuzz --locked" >&2
    exit 1
fi

export SQLX_OFFLINE=true
cargo +nightly fuzz build --fuzz-dir fuzz parsers
program=$(find fuzz/target -path '*release/parsers' -type f | head -1)

failed=()
for target in "${targets[@]}"; do
    if ! [ -d "fuzz/corpus/$target" ]; then
        echo "there is no fuzz/corpus/$target" >&2
        exit 2
    fi
    mkdir -p "fuzz/found/$target" fuzz/artifacts
    echo "==> $target, $seconds s"
    # What is new goes to fuzz/found; scripts/fuzz.sh never changes what is committed.
    FUZZ_TARGET=$target "$program" "fuzz/found/$target" "fuzz/corpus/$target" \
        -max_total_time="$seconds" -timeout=1 -rss_limit_mb=512 -max_len=16384 -print_final_stats=1 \
        -artifact_prefix="fuzz/artifacts/$target-" -verbosity=0 2>&1 | tail -25 || failed+=("$target")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "==> does not hold: ${failed[*]}; see fuzz/artifacts" >&2
    exit 1
fi
echo "==> all hold"
