#!/bin/sh
# At every boot: installs the SSM agent where it is missing, updates one that is too old, starts it, asks it what it
# reaches, and says the result in a line for people and a line of JSON. docs/instance.md has the whole story.
# shellcheck disable=SC2329 # retry is given functions by name
set -uf

# <settings>
: "${services=ssm ssmmessages}" "${internet=true}" "${dual_stack=false}" "${report_parameter=}"
: "${ssm_user_sudo=true}" "${run_as_users=}" "${session_profile=}"

root=${SSM_ONLY_ROOT:-}
console=${SSM_ONLY_CONSOLE:-/dev/console}
metadata=http://169.254.169.254/latest
agent_log=$root/var/log/amazon/ssm/amazon-ssm-agent.log
minimum=3.3.40.0 # the first version that does without ec2messages
version=

has() { command -v "$1" >/dev/null; }

note() {
    printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" >>"$root/var/log/ssm-only.log"
    logger -t ssm-only -- "$1" || :
}

# `aws ec2 get-console-output` shows these lines to someone who cannot open a session yet.
say() {
    { printf '%s\n' "$1" >>"$console"; } 2>/dev/null || printf '%s\n' "$1"
    note "$1"
}

# "ssm ssmmessages s3" becomes "ssm, ssmmessages and s3".
list() { printf '%s' "$1" | sed 's/ /, /g; s/, \([^ ]*\)$/ and \1/'; }

quote() { printf '"%s"' "$(printf '%s' "$1" | tr -d '\000-\037' | sed 's/[\\"]/\\&/g')"; }

# finish RESULT REASON SENTENCE ADVICE. The exit code is always 0: another would only mark cloud-init's work as failed.
finish() {
    names=$(printf '%s' "$unreachable" | sed 's/[^ ][^ ]*/"&"/g; s/ /, /g')
    json="{\"result\": \"$1\", \"agent\": $(quote "$version"), \"reason\": \"$2\""
    json="$json, \"unreachable\": [$names], \"advice\": $(quote "$4")}"
    say "ssm-only: $3${4:+ $4}"
    say "ssm-only: $json"
    printf '%s\n' "$json" >"$root/run/ssm-only.json"
    [ -z "$report_parameter" ] || [ -z "$work" ] || write_parameter || note "The parameter $report_parameter could not be written."
    exit 0
}

fail() { finish not-ready "$1" "NOT ready: $2." "$3"; }

# Five tries in 75 seconds: a role, a route or an endpoint may come late, and someone else may hold dpkg's lock.
retry() {
    pause=5
    until "$@"; do
        [ "$pause" -le 40 ] || return 1
        sleep "$pause"
        pause=$((pause * 2))
    done
}

# request SECONDS METHOD URL HEADER. Not every image of Debian has curl. Each of the three fails when the connection
# ends before Content-Length bytes.
request() {
    if has curl; then
        timeout "$1" curl --silent --show-error --fail --connect-timeout 5 --request "$2" --header "$4" "$3"
    elif has wget; then
        timeout "$1" wget --no-verbose --tries=1 --connect-timeout=5 --method="$2" --header="$4" -O - "$3"
    else
        timeout "$1" python3 -c '
import sys, urllib.request as http
request = http.Request(sys.argv[2], method=sys.argv[1], headers=dict([sys.argv[3].split(": ")]))
sys.stdout.buffer.write(http.urlopen(request, timeout=5).read())' "$2" "$3" "$4"
    fi
}

describe() { request 5 GET "$metadata/meta-data/$1" "X-aws-ec2-metadata-token: $token"; }

locate() {
    # The token is worth nothing outside this instance, and nothing at all after a minute.
    token=$(request 5 PUT "$metadata/api/token" 'X-aws-ec2-metadata-token-ttl-seconds: 60') &&
        region=$(describe placement/region) && domain=$(describe services/domain)
}

# place FILE MODE TEXT: only what differs, and in one step, since half a sudoers file makes sudo refuse everyone.
# $() takes newlines off the end, on both sides.
place() {
    text=$(printf '%s' "$3")
    [ "$(cat "$1" 2>/dev/null)" != "$text" ] || return 0
    mkdir -p "${1%/*}" && (umask 077 && printf '%s\n' "$text" >"$1.new") && chmod "$2" "$1.new" && mv -f "$1.new" "$1"
}

# The agent gives ssm-user sudo by this file when it creates the user, and never touches one that is there.
settle_sudo() {
    sudoers=$root/etc/sudoers.d/ssm-agent-users
    nobody='# ssm-only: ssm-user has no sudo'
    if [ "$ssm_user_sudo" = false ]; then
        place "$sudoers" 0440 "$nobody"
    elif [ "$(cat "$sudoers" 2>/dev/null)" = "$nobody" ]; then
        place "$sudoers" 0440 'ssm-user ALL=(ALL) NOPASSWD:ALL'
    fi
}

create_users() {
    for user in $run_as_users; do
        case $user in
            -* | *[!A-Za-z0-9._-]*) note "The Run As user $user is not created: that is no user name." ;;
            *)
                id "$user" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$user" ||
                    note "The Run As user $user could not be created."
                ;;
        esac
    done
}

settle_profile() {
    profile=$root/etc/ssm-only/session-profile
    if [ -n "$session_profile" ]; then place "$profile" 0644 "$session_profile"; else rm -f "$profile"; fi
}

# Ubuntu's images have the agent as a snap.
find_agent() {
    snap=$root/snap/amazon-ssm-agent/current
    service=amazon-ssm-agent agent=amazon-ssm-agent cli=ssm-cli
    if [ -x "$snap/amazon-ssm-agent" ]; then
        service=snap.amazon-ssm-agent.amazon-ssm-agent agent=$snap/amazon-ssm-agent cli=$snap/ssm-cli
    fi
    has "$agent" || return
    version=$(timeout 10 "$agent" -version | sed -n 's/^SSM Agent version: //p')
    version=${version:-unknown}
}

old() { [ "$(printf '%s\n' "$version" "$minimum" | sort -V | head -n 1)" != "$minimum" ]; }

name_package() {
    # shellcheck source=/dev/null
    case " $(. "$root/etc/os-release" && echo "${ID:-} ${ID_LIKE:-}") " in
        *' debian '* | *' ubuntu '*) folder=debian suffix=deb ;;
        *' amzn '* | *' rhel '* | *' centos '* | *' fedora '*) folder=linux suffix=rpm ;;
        *) return 1 ;;
    esac
    case $(uname -m) in
        x86_64) folder=${folder}_amd64 ;;
        aarch64) folder=${folder}_arm64 ;;
        *) return 1 ;;
    esac
}

# AWS's key 1C5B395CBE5E74E2F1CA21592784DBF388D19D46 signs the agent until 2027-11-25; docs/instance.md tells how to
# replace it. Its signature of itself is SHA-1, which sqv takes only when told to.
verify() {
    base64 -d >"$work/key" <<'KEY'
mQINBGohhG8BEACxNOk7TM1ywHjW0qrSyH9npRDUjpWAyCD8L1Yu7nLnxwEBtUOkHgQIo1scTWuwogaBZpAzg22A25AloOrhX8BGTokh71Xm3LbQT8dDQU
DT7WRTl4R5p7786TN79p4DqD3/JyzjiD/keTYyhplBWdyk5BEcqlyVj9Pf/1O6CrOJgGD1oGYK7lRqMtmXlf86/mKveWvjJTPAF26dkDJZecnrheyEA99X
lONm8zAlK6h09JThHBmWMgDPXDSsVeEyXilPUJFhZJ2HXVG2tS9ioVM309tMX6B3W5woT7w8SA6uV2Pf0jMmoYmMuCmQMU8/7/vOLQSJm+6Wui5dZywArq
tOqXcSledRf7xhmug3Qa5maqY2TtcnXqTaH3WaBLtJZYqDJcsUH99AXqdQkozsCHHL2NmxRiShyLCX4VBKzH8j5kDNGeSLuiICbj1Tufh7LDuIwdOQnX9g
vB6j/SF3YVqJl4DAjCs4ODYpwm+36RZjQkbwELzXzXnDoNgjR5tXCiNdxJLuzemQy7FcDc90fEbpDX03rN7iceavBmZbZ5Tlu53fgpzdkflD8OwfjnYa9A
Xh2zweC1G0ut2QU+cZcoOq5/QPtQELNqvgpAUsQtkCECTerz8SugriZD4Tnd4FJUgoqX+/iwCWesyWjGkotxi7aJluLtz+znNT9SgeMCoJmQARAQABtCdT
U00gQWdlbnQgPHNzbS1hZ2VudC1zaWduZXJAYW1hem9uLmNvbT6JAj8EEwECACkFAmohhG8CGy8FCQLGmIAHCwkIBwMCAQYVCAIJCgsEFgIDAQIeAQIXgA
AKCRAnhNvziNGdRnXVD/9bP0IX6aU+qur66fTWs8RLDs//6Vx93e8lH6p4W+RxL+wW7Ajc/REB7PPgc5ohW80/LwxHP2g8cZiSK7fp9cRbXODqiVYl4mAW
QNfxfGcWpBxcEsyoUGF6oRjiibL1BcJLFJgVZ/H4pT0xNEDJNIJpRn7ZVXm0vrVVVUh4a4WFXUkspRXmq37eIMm76p969L5SNjY+F8Ld6hjmRiRopg4f/+
lf/+e6R+fofSOVE3Ip/YpPH1DRplwQJrMk1XFjm+JTsdtqMTIKv38j7HANmUgDGLsuQNn8048n6ve8koVZLSrv9FAielSNsSIurLEpkLM0QPOFviagK7zB
/d/zScpGquBU9dPFOoTq/sNFhnZr+PA7MAekr4WOP8kasS3LWGn/rqqIOw/PDm2mmUaIwm4XenOe8lJFKUGp6ssUOj4PIQKwGaL/S2xTex25ZaNQaKXv2J
UmriGycpCjIaniEHz60bBN1kSgO0m0a5Yg3X9Qw+ezt51oPi6H6NdE0IwNzNcbJI2UvphwR9L92Br/J9ElYbHRdgmz26SZeRNTht/+zKPxk4iDYibpQ804
cPfA0mJBODwzqL5BBfVJ0/rLtQ2ymuHaqKbKEc0KuJ6vWMoH9qlMBlv5YiZeUw5Ls2uuaxhKTUYrCE4LuUlAtNW63+/TP+ciBg1bq5H5aBn5tSCYVw==
KEY
    printf '[hash_algorithms]\nsha1.second_preimage_resistance = "always"\n' >"$work/policy"
    for tool in gpgv gpg sqv none; do ! has "$tool" || break; done
    case $tool in
        gpgv) set -- gpgv --homedir "$work" --keyring "$work/key" ;;
        gpg) set -- gpg --homedir "$work" --batch --no-default-keyring --keyring "$work/key" --verify ;;
        sqv) set -- env SEQUOIA_CRYPTO_POLICY="$work/policy" sqv --keyring "$work/key" --signature-file ;;
        none)
            note 'There is no gpgv, gpg or sqv: the package is checked by TLS and its size alone.'
            return
            ;;
    esac
    request 20 GET "$url.sig" 'Accept: */*' >"$work/signature" && timeout 60 "$@" "$work/signature" "$work/package" &&
        note "The package bears AWS's signature, says $tool."
}

# Each step first says what is wrong if it is the last.
install_agent() {
    wrong='no package is made for this distribution and processor' advice='Use an image that has the agent.'
    name_package || return
    wrong='the instance metadata service does not answer' advice='Let it be on, for tokens (IMDSv2).'
    locate || return
    # The bucket of this Region and no other: an S3 gateway endpoint leads to no bucket elsewhere.
    url=https://s3.$region.$domain/amazon-ssm-$region/latest/$folder/amazon-ssm-agent.$suffix
    wrong="$url cannot be fetched" advice='Check the way to S3: route, endpoint policy, and port 443 out.'
    request 60 GET "$url" 'Accept: */*' >"$work/package" && [ "$(wc -c <"$work/package")" -ge 1000000 ] || return
    wrong="$url does not bear AWS's signature" advice='See "The signature" in docs/instance.md.'
    verify || return
    wrong="$url cannot be installed" advice='See: journalctl --unit ssm-only'
    # The package needs no other, so no repository is asked.
    case $suffix in
        deb) timeout 120 dpkg --force-confdef --force-confold --install "$work/package" ;;
        rpm) timeout 120 rpm --upgrade "$work/package" ;;
    esac && find_agent
}

update() {
    note "SSM agent $version is older than $minimum: updating."
    case $service in
        # A package beside the snap would be a second agent.
        snap.*) [ "$internet" != true ] || timeout 300 snap refresh amazon-ssm-agent ;;
        *) retry install_agent || note "Not updated: $wrong." ;;
    esac
    find_agent
}

started() { timeout 60 systemctl enable --quiet --now "$service" && systemctl is-active --quiet "$service"; }

passed() { printf '%s\n' "$checks" | grep -q "^$1"; }

# ssm-cli asks STS whose credentials they are, and without the internet nothing leads there. That no answer came, in the
# words of the AWS SDK for Go 1 or, since 3.3.5068.0, 2, shows that there were credentials to ask with.
asked_in_vain() {
    call='Failed call sts endpoint: operation error STS: GetCallerIdentity,'
    for note in 'STS call timed out' 'Failed call sts endpoint: RequestError' "$call https response error StatusCode: 0," \
        "$call exceeded maximum number of attempts, [0-9]*, https response error StatusCode: 0,"; do
        ! passed "Failed AWS Credentials: $note" || return 0
    done
    return 1
}

# The agent asks Systems Manager whether it takes the credentials, and ssm-cli does not: that would take any role.
refused() {
    case $(grep -o '\[CredentialRefresher\] [A-Z][a-z]*' "$agent_log" 2>/dev/null | tail -n 1) in
        # "Retrieve credentials produced error: ...", "Sleeping for 27m34s before retrying ..."
        *Retrieve | *Sleeping) ;;
        *) return 1 ;;
    esac
}

# ssm-cli also tries services that nobody asked for, so only the checks named here count.
diagnose() {
    unreachable='' reason=no-credentials wrong="SSM agent $version runs but has no credentials"
    advice='Give the instance a profile with a role for Systems Manager, and leave its metadata service on.'
    checks=$(timeout 60 "$cli" get-diagnostics --output json |
        sed -n '/"Check": /{N;N;s/[^"]*"Check": "\(.*\)",\n *"Status": "\(.*\)",\n *"Note": "\(.*\)".*/\2 \1: \3/p;}')
    if [ -z "$checks" ]; then
        # Since 3.3.5068.0 it also dies where the metadata service is off.
        locate || return
        reason=diagnostics-failed wrong="SSM agent $version runs but its own check, ssm-cli, says nothing"
        advice='It needs version 3.1.501.0.'
        return 1
    fi
    passed 'Success EC2 IMDS:' || return
    passed 'Success AWS Credentials:' || asked_in_vain || return
    reason=not-running wrong="SSM agent $version does not run" advice="See: journalctl --unit $service"
    # "is running but" is what it says where there is no ps to find the user.
    passed '[A-Z][a-z]* Agent service: Agent service is running' || return
    for name in $services; do
        passed "Success Connectivity to $name endpoint:" || unreachable="$unreachable $name"
    done
    unreachable=${unreachable# }
    reason=unreachable wrong="SSM agent $version runs but does not reach $(list "$unreachable")"
    advice='Check the route to the internet, and port 443 out in the security group and the network ACL.'
    [ "$internet" = true ] ||
        advice='Check that the VPC has the endpoint, with private DNS, and that its security group lets 443 in.'
    [ -z "$unreachable" ] || return
    reason=refused wrong="SSM agent $version runs but Systems Manager does not take its credentials"
    advice="Let its role call ssm:UpdateInstanceInformation, or set up Default Host Management. See: $agent_log"
    refused || return 0
    # It may sleep 30 minutes before it asks again; a new start asks at once.
    timeout 60 systemctl restart "$service"
    return 1
}

secret() { printf '%s\n' "$secrets" | sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p"; }

# By the AWS CLI where there is one. Secrets reach curl on its standard input: its arguments are for all to see.
write_parameter() {
    locate || return
    if has aws; then
        timeout 60 aws ssm put-parameter --region "$region" --name "$report_parameter" --type String --overwrite \
            --value "$json" >/dev/null
        return
    fi
    role=$(describe iam/security-credentials/) && secrets=$(describe "iam/security-credentials/$role") || return
    printf '{"Name": %s, "Type": "String", "Overwrite": true, "Value": %s}' "$(quote "$report_parameter")" \
        "$(quote "$json")" >"$work/body"
    printf 'user = "%s:%s"\nheader = "X-Amz-Security-Token: %s"\n' \
        "$(secret AccessKeyId)" "$(secret SecretAccessKey)" "$(secret Token)" |
        timeout 30 curl --silent --show-error --fail --config - --aws-sigv4 "aws:amz:$region:ssm" \
            --header 'Content-Type: application/x-amz-json-1.1' --header 'X-Amz-Target: AmazonSSM.PutParameter' \
            --data-binary "@$work/body" --output /dev/null "https://ssm.$region.$domain/"
}

present() { find_agent || install_agent; }

# The agent's own names of services end in amazonaws.com and have no IPv6. With this setting, which 3.3.3270.0 brought and
# older ones pass over, they end in api.aws and have both. A person's own file stays as it is. It is read at the agent's
# start: one that is not there yet will.
settle_names() {
    config=$root/etc/amazon/ssm/amazon-ssm-agent.json
    ours='{"Agent": {"UseDualStackEndpoint": true}}'
    case $dual_stack$(cat "$config" 2>/dev/null) in
        true) place "$config" 0644 "$ours" ;;
        "false$ours") rm "$config" ;;
        *) return ;;
    esac
    ! find_agent || timeout 60 systemctl try-restart "$service"
}

# The first phase, which the boot's later stages wait for: two that install at a time would break each other.
prepare() {
    settle_sudo
    create_users
    settle_profile
    settle_names
    retry present && old && update
    exit 0
}

unreachable=''
phase=${1:-check}
work=$(mktemp -d) || {
    [ "$phase" != prepare ] || exit 0
    fail diagnostics-failed 'no temporary folder can be made' 'Make room on the disk.'
}
trap 'rm -rf "$work"' EXIT
[ "$phase" != prepare ] || prepare
present || fail not-installed "the SSM agent is not installed: $wrong" "$advice"
retry started || fail not-running "SSM agent $version does not run" "See: journalctl --unit $service"
case "$(old && echo old) $services " in
    *' ec2messages '*) ;;
    old*) fail old-agent "SSM agent $version is older than $minimum and could not be updated, so it needs ec2messages" \
        'Use a newer image or agent.' ;;
esac
retry diagnose || fail "$reason" "$wrong" "$advice"
finish ready '' "ready: SSM agent $version runs and reaches $(list "$services")." ''
