"""Ready lines for the person who wants a session."""

_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def session_command(region: str, instance_id: str) -> str:
    """The AWS CLI's line that opens a shell; it needs the Session Manager plugin."""
    return f"aws ssm start-session --target {instance_id} --region {region}"


def session_link(partition: str, region: str, instance_id: str) -> str:
    """Where the console opens the same session in a browser."""
    if partition not in _CONSOLES:
        return f"The console's address in partition {partition} is not known here."
    return f"https://{_CONSOLES[partition]}/systems-manager/session-manager/{instance_id}?region={region}"
