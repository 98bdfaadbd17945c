#!/bin/sh
# Makes the secrets of a hall; what is there already stays as it is.
#   sh make-secrets.sh                                            for compose.yaml, in ./secrets
#   sh make-secrets.sh /etc/zhangban/secrets 127.0.0.1 127.0.0.1  for systemd: where they go, and
#                                                                 where PostgreSQL and Valkey are
set -eu
command -v openssl >/dev/null || { echo "openssl is needed." >&2; exit 1; }

folder="${1:-$(dirname "$0")/secrets}"
postgres="${2:-postgres}"
valkey="${3:-valkey}"
# The files are readable for the containers' users; the folder lets nobody else on this machine in.
mkdir -p "$folder"
chmod 700 "$folder"
umask 077

keep() { # keep NAME TEXT: write deploy/secrets/NAME unless it is there
    if [ ! -e "$folder/$1" ]; then
        printf '%s' "$2" >"$folder/$1.part"
        chmod 444 "$folder/$1.part"
        mv "$folder/$1.part" "$folder/$1"
        echo "made $folder/$1"
    fi
}
password() { openssl rand -hex 24; }

keep postgres_password "$(password)"
keep database_url "postgresql://zhangban:$(cat "$folder/postgres_password")@$postgres:5432/zhangban"
keep valkey_password "$(password)"
keep redis_url "redis://:$(cat "$folder/valkey_password")@$valkey:6379/0"
keep keys "k$(openssl rand -hex 4):$(openssl rand -base64 32)"
keep metrics_token "$(password)"
keep storage_secret_key "$(password)"
keep store_identities "{\"identities\": [{\"name\": \"zhangban\", \"credentials\": [{\"accessKey\": \"zhangban\", \"secretKey\": \"$(cat "$folder/storage_secret_key")\"}], \"actions\": [\"Read:photos\", \"Write:photos\", \"List:photos\"]}]}"
keep wechat_secret ""
if [ ! -s "$folder/wechat_secret" ]; then
    echo "Put the mini program's secret into $folder/wechat_secret."
fi
echo "Keep a copy of $folder/keys in another place: without it no backup can be read."
