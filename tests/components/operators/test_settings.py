"""Every key of `operators`, every refusal."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from components.base.errors import ConfigError
from components.base.reading import to_field
from components.operators.settings import OperatorRole, OperatorSettings, read_operators

ANN = "arn:aws-cn:iam::123456789012:user/ann"
GUIDE = (Path(__file__).parents[3] / "docs" / "operators.md").read_text()
ACCOUNT = "arn:aws-cn:iam::999999999999:root"
DEVELOPERS = "arn:aws:iam::123456789012:role/teams/Developers"


def read(given: object) -> OperatorSettings:
    return read_operators("operators", json.dumps(given))


def test_an_empty_map_is_a_shell_on_this_stack_for_nobody_yet() -> None:
    assert read({}) == OperatorSettings()


def test_every_key_is_read() -> None:
    given = {
        "tags": {"team": "platform", "empty": ""},
        "documents": ["Team-Shell"],
        "portForwarding": True,
        "remoteHosts": "true",
        "ssh": True,
        "sshUsers": ["ec2-user"],
        "instanceConnect": True,
        "mfa": True,
        "sourceIps": ["198.51.100.0/24", "2001:db8::1"],
        "validFrom": "2026-12-01T08:00:00Z",
        "validUntil": "2026-12-24T18:00:00Z",
        "roles": ["Developers"],
        "users": ["ann"],
        "groups": ["operators"],
        "role": {"trust": [ANN, ACCOUNT], "mfa": True, "externalId": "night-shift", "maxHours": 12},
    }

    assert read(given) == OperatorSettings(
        tags={"team": "platform", "empty": ""},
        documents=("Team-Shell",),
        port_forwarding=True,
        remote_hosts=True,
        ssh=True,
        ssh_users=("ec2-user",),
        instance_connect=True,
        mfa=True,
        source_ips=("198.51.100.0/24", "2001:db8::1"),
        valid_from="2026-12-01T08:00:00Z",
        valid_until="2026-12-24T18:00:00Z",
        roles=("Developers",),
        users=("ann",),
        groups=("operators",),
        role=OperatorRole(trust=(ANN, ACCOUNT), mfa=True, external_id="night-shift", max_hours=12),
    )


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"vpc": "vpc-0a1b2c3d"}, id="a VPC"),
        pytest.param({"vpc": "vpce-0123456789abcdef0"}, id="an endpoint"),
        pytest.param({"documents": [], "remoteHosts": True}, id="tunnels without a shell"),
        pytest.param({"tags": {"k" * 128: "v" * 256}}, id="the longest tag"),
        pytest.param({"tags": {"Größe": "5 * ${x}?"}}, id="a tag's value is any text"),
        pytest.param({"sourceIps": ["198.51.100.7"]}, id="a single address"),
        pytest.param({"users": ["ann", "anna"], "roles": ["ann"]}, id="names that look alike"),
        pytest.param({"role": {"trust": ["arn:aws:iam::123456789012:root"]}}, id="an account"),
        pytest.param({"validFrom": "2026-12-01T08:00:00Z"}, id="an open end"),
        pytest.param(
            {"mfa": True, "groups": ["people"], "roles": ["dev"]}, id="a second factor for those who have one"
        ),
        pytest.param({"mfa": True}, id="a second factor, and nobody named"),
        pytest.param({"mfa": True, "users": ["ann"], "role": {"trust": [DEVELOPERS]}}, id="a role's role cannot ask"),
        pytest.param({"mfa": True, "users": ["ann"], "role": {"trust": [ANN], "mfa": True}}, id="both ask"),
        pytest.param({"role": {"trust": [DEVELOPERS, ANN]}}, id="nobody asks"),
        pytest.param({"vpc": "vpc-0a1b2c3d", "ssh": True}, id="SSH through an endpoint"),
    ],
)
def test_what_can_be_deployed_is_taken(given: dict[str, Any]) -> None:
    read(given)


@pytest.mark.parametrize(
    ("given", "key", "advice"),
    [
        pytest.param([], "operators", "use a map", id="a list"),
        pytest.param(
            {"portforwarding": True}, "operators.portforwarding", "Did you mean portForwarding?", id="misspelt"
        ),
        pytest.param({"ssh": "yes"}, "operators.ssh", "use true or false", id="no switch"),
        pytest.param({"tags": {}}, "operators.tags", "every instance of the account", id="no tag"),
        pytest.param({"tags": {"team": 5}}, "operators.tags.team", 'in quotes: "5"', id="a number as a tag"),
        pytest.param({"tags": {"a*": "b"}}, "operators.tags.a*", "a tag's key has", id="a wildcard in a key"),
        pytest.param(
            {"tags": {"${aws:userid}": "b"}}, "operators.tags.${aws:userid}", "key has", id="a variable in a key"
        ),
        pytest.param({"tags": {"k" * 129: "b"}}, f"operators.tags.{'k' * 129}", "1 to 128", id="a long key"),
        pytest.param({"tags": {"a": "v" * 257}}, "operators.tags.a", "up to 256", id="a long value"),
        pytest.param({"documents": "Shell"}, "operators.documents", "use a list", id="no list"),
        pytest.param({"documents": [7]}, "operators.documents[0]", "no text", id="a number as a document"),
        pytest.param({"documents": ["Shell", "*"]}, "operators.documents[1]", "3 to 128", id="every document"),
        pytest.param({"documents": ["a/b:c"]}, "operators.documents[0]", "3 to 128", id="an ARN as a document"),
        pytest.param(
            {"documents": ["AWS-StartInteractiveCommand"]}, "operators.documents[0]", "switches", id="any command"
        ),
        pytest.param({"documents": ["amazon-x"]}, "operators.documents[0]", "switches", id="AWS's own"),
        pytest.param({"documents": []}, "operators.documents", "no kind of session is left", id="nothing at all"),
        pytest.param(
            {"vpc": "vpc-0a1b2c3d", "instanceConnect": True},
            "operators.instanceConnect",
            "to which no endpoint leads",
            id="a tunnel through an endpoint of Systems Manager",
        ),
        pytest.param({"sshUsers": ["ec2-user"]}, "operators.sshUsers", "Set ssh to true", id="users without ssh"),
        pytest.param({"ssh": True, "sshUsers": ["a b"]}, "operators.sshUsers[0]", "ec2-user", id="no user's name"),
        pytest.param({"sourceIps": ["office"]}, "operators.sourceIps[0]", "198.51.100.0/24", id="no address"),
        pytest.param({"sourceIps": ["198.51.100.1/24"]}, "operators.sourceIps[0]", "an address or a block", id="loose"),
        pytest.param({"sourceIps": ["0.0.0.0/0"]}, "operators.sourceIps[0]", "every address", id="the world"),
        pytest.param({"sourceIps": ["::/0"]}, "operators.sourceIps[0]", "every address", id="the world in IPv6"),
        pytest.param(
            {"sourceIps": ["198.51.100.0/24", "10.1.0.0/16"]}, "operators.sourceIps[1]", "use vpc", id="a private block"
        ),
        pytest.param({"sourceIps": ["fd00::/8"]}, "operators.sourceIps[0]", "use vpc", id="a private block in IPv6"),
        pytest.param({"vpc": "main"}, "operators.vpc", "id of a VPC", id="no VPC"),
        pytest.param(
            {"vpc": "vpc-0a1b2c3d", "sourceIps": ["198.51.100.7"]}, "operators.vpc", "Keep vpc or sourceIps", id="both"
        ),
        pytest.param({"validFrom": "tomorrow"}, "operators.validFrom", "in UTC", id="no time"),
        pytest.param({"validUntil": "2026-1-1T00:00:00Z"}, "operators.validUntil", "in UTC", id="a time IAM refuses"),
        pytest.param(
            {"validUntil": "2026-12-01T08:00:00+01:00"}, "operators.validUntil", "UTC", id="another time zone"
        ),
        pytest.param(
            {"validFrom": "2026-12-01T08:00:00Z", "validUntil": "2026-12-01T08:00:00Z"},
            "operators.validUntil",
            "not after validFrom",
            id="no time at all",
        ),
        pytest.param({"roles": [DEVELOPERS]}, "operators.roles[0]", "not the ARN", id="a role's ARN"),
        pytest.param({"users": ["ann", "Ann"]}, "operators.users[1]", "stands above", id="a user twice"),
        pytest.param({"groups": [""]}, "operators.groups[0]", "empty", id="no name"),
        pytest.param(
            {"roles": ["AWSReservedSSO_Operators_0a1b"]},
            "operators.roles[0]",
            "permission set",
            id="Identity Center's role",
        ),
        pytest.param({"role": {}}, "operators.role.trust", "somebody", id="a role for nobody"),
        pytest.param({"role": {"trust": ["*"]}}, "operators.role.trust[0]", "without wildcards", id="a role for all"),
        pytest.param(
            {"role": {"trust": [ANN, "arn:aws:iam::123456789012:role/*"]}},
            "operators.role.trust[1]",
            "without wildcards",
            id="a role for all roles",
        ),
        pytest.param(
            {"role": {"trust": ["arn:aws:iam::123456789012:group/a"]}},
            "operators.role.trust[0]",
            "a user",
            id="a group",
        ),
        pytest.param({"role": {"trust": [ANN], "maxHours": 13}}, "operators.role.maxHours", "1 to 12", id="too long"),
        pytest.param(
            {"role": {"trust": [ANN], "maxhours": 1}}, "operators.role.maxhours", "maxHours?", id="misspelt in it"
        ),
        pytest.param(
            {"role": {"trust": [ANN], "externalId": "a"}}, "operators.role.externalId", "2 to 1224", id="a short word"
        ),
        pytest.param({"role": "me"}, "operators.role", "use a map", id="no map"),
        pytest.param(
            {"mfa": True, "roles": ["dev"]},
            "operators.mfa",
            "for users and groups",
            id="a second factor of roles alone",
        ),
        pytest.param(
            {"mfa": True, "role": {"trust": [ANN], "mfa": True}},
            "operators.mfa",
            "with role.mfa",
            id="a second factor of the role that is made alone",
        ),
        pytest.param(
            {"mfa": True, "users": ["ann"], "role": {"trust": [DEVELOPERS, ANN]}},
            "operators.role.mfa",
            "Set it to true",
            id="a way round the second factor",
        ),
        pytest.param(
            {"role": {"trust": [ANN, DEVELOPERS], "mfa": True}},
            "operators.role.trust[1]",
            "refuse everybody who comes from there",
            id="a second factor of a role",
        ),
        pytest.param(
            {"vpc": "vpce-0a1b2c3d", "ssh": True, "sshUsers": ["ec2-user"]},
            "operators.sshUsers",
            "to which no endpoint leads",
            id="a key through an endpoint",
        ),
    ],
)
def test_a_refusal_names_the_key_and_the_way_out(given: object, key: str, advice: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(given)

    assert str(error.value).startswith(f"ssm-only:{key} is ")
    assert advice in str(error.value)


def test_a_window_ends_when_it_says() -> None:
    end = datetime(2026, 12, 24, 18, tzinfo=timezone.utc)
    settings = OperatorSettings(valid_until="2026-12-24T18:00:00Z")

    assert [settings.is_over(end - timedelta(seconds=1)), settings.is_over(end)] == [False, True]


def test_the_guide_has_every_key() -> None:
    rows = [
        line.split("|")[1] for line in GUIDE.partition("## Keys")[2].partition("\n## ")[0].splitlines() if "|" in line
    ]
    keys = {to_field(key) for row in rows for key in re.findall(r"`(\w+)`", row)}

    assert keys == set(vars(OperatorSettings()))
