#!/bin/sh
# At every boot: makes sure that the SSM agent is installed, enabled and running, and says so in one line on the console.
# Nothing is filled in: what differs between instances, the instance metadata service knows.
set -u
# <settings>

console=${SSM_ONLY_CONSOLE:-/dev/console}
metadata=http://169.254.169.254/latest

# `aws ec2 get-console-output` shows this line to someone who cannot open a session yet.
say() {
    printf 'ssm-only: %s\n' "$1" 2>/dev/null >"$console" || printf 'ssm-only: %s\n' "$1"
}

fail() {
    say "The SSM agent is NOT running, so this instance cannot be reached: $1"
    exit 1
}

describe() {
    curl --silent --fail --max-time 5 --header "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/$1"
}

# The bucket of this Region and no other: an S3 gateway endpoint leads to no bucket elsewhere.
package_url() {
    token=$(curl --silent --fail --max-time 5 --request PUT \
        --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token") || return 1
    region=$(describe placement/region) || return 1
    domain=$(describe services/domain) || return 1
    case $(uname -m) in
        aarch64) arch=arm64 ;;
        x86_64) arch=amd64 ;;
        *) return 1 ;;
    esac
    echo "https://s3.$region.$domain/amazon-ssm-$region/latest/linux_$arch/amazon-ssm-agent.rpm"
}

install() {
    url=$(package_url) || fail "it is not installed, and the instance metadata service did not say where to get it."
    # The package needs no other; without repositories there is less that a closed network could refuse.
    dnf install --quiet --assumeyes --disablerepo='*' "$url" || fail "it could not be installed from $url."
}

command -v amazon-ssm-agent >/dev/null || install
systemctl enable --now amazon-ssm-agent || fail "systemctl could not enable and start it."
systemctl is-active --quiet amazon-ssm-agent || fail "it was started and stopped again."
say "The SSM agent is installed, enabled and running."
