#!/bin/sh
# Makes the secrets of docker-compose.yml that do not exist yet.
set -eu
umask 077

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
mkdir -p "$here/secrets"
chmod 700 "$here/secrets"

file=$here/secrets/database_password
if [ -s "$file" ]; then
    echo "kept $file"
else
    # 32 random bytes as hexadecimal digits: safe in a URL.
    od -An -tx1 -N32 /dev/urandom | tr -d ' \n' > "$file.new"
    # Readable for the containers' users; the folder keeps everybody else on this machine out.
    chmod 444 "$file.new"
    mv "$file.new" "$file"
    echo "made $file"
fi
