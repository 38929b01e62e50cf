# shellcheck shell=sh
: "${agent_config=}"

# The agent reads its configuration when it starts. Here that is a link into /run, which is empty at each boot: once the
# stack says nothing of it any more, the link leads nowhere, and the agent takes its defaults. A person's own file stays.
agent_link=${SSM_ONLY_ROOT:-}/etc/amazon/ssm/amazon-ssm-agent.json
agent_file=${SSM_ONLY_ROOT:-}/run/ssm-only-agent.json
# What settle_names writes, which this stack says no more.
[ "$(cat "$agent_link" 2>/dev/null)" != '{"Agent": {"UseDualStackEndpoint": true}}' ] || rm "$agent_link"
if [ -e "$agent_link" ] && [ ! -L "$agent_link" ]; then
    echo "$agent_link is there already and stays: the agent's endpoints are those that it names." >&2
elif [ "$(cat "$agent_link" 2>/dev/null)" != "$agent_config" ]; then
    mkdir -p "${agent_link%/*}" && printf '%s\n' "$agent_config" >"$agent_file" && ln -sfn "$agent_file" "$agent_link" &&
        for unit in amazon-ssm-agent snap.amazon-ssm-agent.amazon-ssm-agent; do
            systemctl try-restart "$unit" || :
        done
fi
