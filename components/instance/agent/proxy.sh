# shellcheck shell=sh
: "${proxy=}" "${direct=}"

# curl, wget, python3, the AWS CLI and ssm-cli all take it from here.
export http_proxy="$proxy" https_proxy="$proxy" no_proxy="$direct"
# The agent takes it from its service, that of the package or of the snap. /run is empty at each boot, so a proxy that is
# taken out leaves nothing behind.
for unit in amazon-ssm-agent snap.amazon-ssm-agent.amazon-ssm-agent; do
    override=${SSM_ONLY_ROOT:-}/run/systemd/system/$unit.service.d/ssm-only-proxy.conf
    lines=$(printf '[Service]\nEnvironment="http_proxy=%s" "https_proxy=%s" "no_proxy=%s"' "$proxy" "$proxy" "$direct")
    [ "$(cat "$override" 2>/dev/null)" != "$lines" ] || continue
    mkdir -p "${override%/*}" && printf '%s\n' "$lines" >"$override" && systemctl daemon-reload &&
        systemctl try-restart "$unit" || :
done
