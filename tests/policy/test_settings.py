"""The configuration of `no-world-ssh`: what each key changes, and the one error that a wrong one ends in."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.runtime import proto
from pulumi_policy import Policy, ResourceValidationPolicy, StackValidationPolicy
from pulumi_policy.policy import _NotApplicableError

from ssm_guard import POLICIES
from ssm_guard.__main__ import main
from ssm_guard.config_error import ConfigError
from ssm_guard.exempt_resources import EXEMPT_RESOURCES
from ssm_guard.exemptions import parse_exemptions
from ssm_guard.imdsv2_required import IMDSV2_REQUIRED
from ssm_guard.managed_instances_have_no_ingress import MANAGED_INSTANCES_HAVE_NO_INGRESS
from ssm_guard.no_key_pair import NO_KEY_PAIR
from ssm_guard.no_world_ssh import NO_WORLD_SSH
from ssm_guard.opaque_ingress import OPAQUE_INGRESS
from ssm_guard.privatelink_stays_private import PRIVATELINK_STAYS_PRIVATE
from ssm_guard.reporting import LET_THROUGH
from ssm_guard.session_manager_reachable import SESSION_MANAGER_REACHABLE
from ssm_guard.session_manager_undetermined import SESSION_MANAGER_UNDETERMINED
from ssm_guard.settings import SCHEMA, Settings, parse_settings
from tests.policy.cases.ec2 import GROUP, rule
from tests.policy.conftest import PACK
from tests.policy.judging import Made, ask_function, ask_stack_function, urn_of
from tests.policy.session_manager_stacks import PUBLIC, changed, without
from tests.policy.test_across_resources import OPAQUE
from tests.policy.test_managed_instances_have_no_ingress import ATTACHED, BASE, OPEN
from tests.policy.test_privatelink_stays_private import GATEWAY, PRIVATE

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

STACK = "pulumi:pulumi:Stack"


def judged(ingress: dict[str, object], **config: object) -> list[str]:
    return ask_function(NO_WORLD_SSH, GROUP, {"ingress": [ingress]}, config).violations


@pytest.mark.parametrize(
    ("config", "ingress", "blocked"),
    [
        pytest.param({}, rule(low=3389, high=3389), False, id="3389 is not ours by default"),
        pytest.param({"ports": [22.0, 3389.0]}, rule(low=3389, high=3389), True, id="3389 when asked for"),
        pytest.param({"ports": [3389]}, rule(), False, id="22 is not ours when only 3389 is asked for"),
        pytest.param({"families": ["ipv6"]}, rule(), False, id="IPv4 when only IPv6 is judged"),
        pytest.param({"families": ["ipv6"]}, rule(ipv6CidrBlocks=["::/0"]), True, id="IPv6 when only IPv6 is judged"),
        pytest.param({}, rule(cidrBlocks=["11.0.0.0/8"]), False, id="a /8 is not the world by default"),
        pytest.param({"worldPrefixIpv4": 8}, rule(cidrBlocks=["11.0.0.0/8"]), True, id="a /8 at a limit of 8"),
        pytest.param({"worldPrefixIpv4": 8}, rule(cidrBlocks=["11.0.0.0/9"]), False, id="a /9 at a limit of 8"),
        pytest.param({"worldPrefixIpv6": 16}, rule(ipv6CidrBlocks=["2600::/16"]), True, id="a /16 at a limit of 16"),
        pytest.param({"worldPrefixIpv6": 16}, rule(ipv6CidrBlocks=["2600::/17"]), False, id="a /17 at a limit of 16"),
    ],
)
def test_a_limit_moves_the_verdict(config: dict[str, object], ingress: dict[str, object], *, blocked: bool) -> None:
    assert blocked == bool(judged(ingress, **config))


def test_several_ports_are_one_violation() -> None:
    (text,) = judged(rule(low=0, high=65535), ports=[22, 3389])

    assert "may reach tcp/22 and tcp/3389." in text


def test_two_halves_at_a_limit_add_up_to_it() -> None:
    texts = judged(rule(cidrBlocks=["11.0.0.0/9", "11.128.0.0/9"]), worldPrefixIpv4=8)

    assert len(texts) == 1
    assert "add up to 11.0.0.0/8, 16,777,216 addresses, which may reach tcp/22." in texts[0]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"port": 22}, "'port', set to 22, is no setting of this policy; use one of "),
    ({"ports": []}, "ports is []; use a list with at least one item."),
    ({"ports": 22}, "ports is 22; use a list with at least one item."),
    ({"ports": [70000]}, "ports has 70000; use a whole number from 0 to 65535."),
    ({"ports": [22.5]}, "ports has 22.5; use a whole number"),
    ({"ports": [True]}, "ports has True; use a whole number"),
    ({"families": ["ipv5"]}, "families has 'ipv5'; use one of ipv4, ipv6."),
    ({"worldPrefixIpv4": 33}, "worldPrefixIpv4 has 33; use a whole number from 0 to 32."),
    ({"worldPrefixIpv6": -1}, "worldPrefixIpv6 has -1; use a whole number from 0 to 128."),
    ({"loadBalancers": "yes"}, "loadBalancers is 'yes'; use true or false."),
    ({"exemptions": {}}, "exemptions is {}; use a list."),
    ({"exemptions": ["x"]}, "exemptions[0] is 'x'; use an object with urn, type, reason, expires."),
    ({"exemptions": [{"urn": "*"}]}, "exemptions[0] has no reason"),
    ({"exemptions": [{"urn": "*", "reason": " "}]}, "exemptions[0] has 'reason': ' '"),
    ({"exemptions": [{"reason": "x"}]}, "exemptions[0] has neither urn nor type"),
    ({"exemptions": [{"urn": "*", "reason": "x", "until": "x"}]}, "exemptions[0] has 'until': 'x'"),
    ({"exemptions": [{"urn": "*", "reason": "x", "expires": "2027-02-30"}]}, "exemptions[0].expires is '2027-02-30'"),
    ({"exemptions": [{"urn": "*", "reason": "x", "expires": "20270228"}]}, "exemptions[0].expires is '20270228'"),
    ({"exemptions": [{"urn": "*", "reason": "x", "expires": "2027-W01-1"}]}, "exemptions[0].expires is '2027-W01-1'"),
]


@pytest.mark.parametrize(("config", "text"), WRONG, ids=[text for _, text in WRONG])
def test_a_wrong_configuration_is_one_error_with_the_choices(config: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_settings(config)

    assert str(raised.value).startswith(text)


@pytest.mark.parametrize(("config", "text"), WRONG, ids=[text for _, text in WRONG])
def test_it_is_said_once_at_the_stack_and_the_defaults_hold(config: dict[str, Any], text: str) -> None:
    (at_the_stack,) = ask_function(NO_WORLD_SSH, STACK, {}, config).violations
    at_a_resource = ask_function(NO_WORLD_SSH, GROUP, {"ingress": [rule()]}, config).violations

    assert at_the_stack.startswith(f"The configuration of the policy is wrong: {text}")
    assert judged(rule()) == at_a_resource


def test_the_defaults_of_the_schema_are_the_defaults_of_the_code() -> None:
    defaults = {key: schema["default"] for key, schema in SCHEMA.properties.items()}

    assert Settings() == parse_settings(defaults) == parse_settings({})


@pytest.mark.parametrize(
    ("exemption", "blocked"),
    [
        pytest.param({"urn": urn_of(GROUP)}, False, id="this very resource"),
        pytest.param({"urn": "*::it"}, False, id="a pattern of its URN"),
        pytest.param({"type": "aws:ec2/*"}, False, id="a pattern of its type"),
        pytest.param({"urn": "*::other"}, True, id="another resource"),
        pytest.param({"urn": "*::[i]t"}, True, id="a bracket is itself, and no set of letters"),
        pytest.param({"type": "aws:ec2/*", "urn": "*::other"}, True, id="its type, but another URN"),
        pytest.param({"urn": "*", "expires": "9999-12-31"}, False, id="until a day to come"),
        pytest.param({"urn": "*", "expires": "2000-01-01"}, True, id="until a day that is over"),
    ],
)
def test_an_exemption_lets_through_what_it_is_about(exemption: dict[str, str], *, blocked: bool) -> None:
    config = {"exemptions": [{**exemption, "reason": "a honeypot"}]}
    if blocked:
        assert judged(rule(), **config)
    else:
        with pytest.raises(_NotApplicableError, match=r"^$") as raised:
            judged(rule(), **config)
        assert "a honeypot" in raised.value.message


def test_an_exemption_holds_through_its_last_day() -> None:
    (exemption,) = parse_exemptions([{"urn": "*", "reason": "a honeypot", "expires": "2027-01-31"}])

    assert exemption.holds(date(2027, 1, 31))
    assert not exemption.holds(date(2027, 2, 1))


def test_an_exemption_that_is_over_says_so() -> None:
    over = {"urn": "*", "reason": "a honeypot", "expires": "2000-01-01"}
    (text,) = judged(rule(), exemptions=[over])

    assert text.endswith(" An exemption ended on 2000-01-01: a honeypot")


def test_an_exemption_arrives_over_grpc(analyzer: AnalyzerStub) -> None:
    """The engine sends the configuration once, and the pardon comes back as "not applicable", with its reason."""
    exemption: dict[str, Any] = {"type": GROUP, "reason": "a honeypot", "expires": "9999-12-31"}
    config = proto.PolicyConfig(enforcementLevel=proto.MANDATORY)
    config.properties.update({"exemptions": [exemption]})
    request = proto.AnalyzeRequest(type=GROUP, urn=urn_of(GROUP), name="it")
    ingress: Any = [rule()]
    request.properties.update({"ingress": ingress})
    try:
        analyzer.Configure(proto.ConfigureAnalyzerRequest(policyConfig={"no-world-ssh": config}))
        answer = analyzer.Analyze(request)
    finally:
        analyzer.Configure(proto.ConfigureAnalyzerRequest())

    assert not answer.diagnostics
    reasons = {item.policy_name: item.reason for item in answer.not_applicable}
    assert reasons["no-world-ssh"] == "exempt until 9999-12-31: a honeypot"


def test_a_bracket_in_a_name_is_itself() -> None:
    """`web[0]` is what a program in a loop calls its first resource."""
    (exemption,) = parse_exemptions([{"urn": "*::web[0]", "reason": "a honeypot"}])

    assert exemption.covers("urn:pulumi:dev::project::aws:ec2/x:X::web[0]", GROUP)
    assert not exemption.covers("urn:pulumi:dev::project::aws:ec2/x:X::web0", GROUP)


INSTANCE = "aws:ec2/instance:Instance"


@pytest.mark.parametrize("policy", [IMDSV2_REQUIRED, NO_KEY_PAIR], ids=lambda policy: policy.name)
def test_every_policy_for_a_resource_takes_exemptions(policy: ResourceValidationPolicy) -> None:
    exempt = {"exemptions": [{"type": INSTANCE, "reason": "an appliance"}]}

    assert ask_function(policy, INSTANCE, {"keyName": "ops"}).violations
    with pytest.raises(_NotApplicableError) as raised:
        ask_function(policy, INSTANCE, {"keyName": "ops"}, exempt)
    assert "an appliance" in raised.value.message


@pytest.mark.parametrize(
    ("policy", "stack"),
    [
        (MANAGED_INSTANCES_HAVE_NO_INGRESS, (*BASE, ATTACHED, OPEN)),
        (PRIVATELINK_STAYS_PRIVATE, (*PRIVATE, GATEWAY)),
        (OPAQUE_INGRESS, OPAQUE[0].stack),
        (SESSION_MANAGER_REACHABLE, without(PUBLIC, "egress")),
        (SESSION_MANAGER_UNDETERMINED, changed(PUBLIC, "web", subnetId="subnet-1")),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_every_policy_for_a_stack_takes_exemptions(policy: StackValidationPolicy, stack: tuple[Made, ...]) -> None:
    exempt = {"exemptions": [{"urn": "*", "reason": "an appliance"}]}

    assert ask_stack_function(policy, stack)
    assert ask_stack_function(policy, stack, exempt) == []


@pytest.mark.parametrize(
    "policy", [policy for policy in POLICIES if policy.config_schema], ids=lambda policy: policy.name
)
def test_every_policy_refuses_a_key_that_it_does_not_take(policy: Policy) -> None:
    wrong: dict[str, object] = {"exemption": []}
    if isinstance(policy, ResourceValidationPolicy):
        texts = ask_function(policy, STACK, {}, wrong).violations
    else:
        assert isinstance(policy, StackValidationPolicy)
        texts = [text for _, text in ask_stack_function(policy, [], wrong)]

    assert len(texts) == 1
    assert "'exemption', set to [], is no setting of this policy; use one of " in texts[0]
    assert "exemptions" in texts[0]


def test_an_exemption_that_is_in_use_is_said() -> None:
    """The engine shows nothing of "not applicable"; this advisory it does."""
    LET_THROUGH.clear()
    exempt, other = Made(GROUP, "it", {"ingress": [rule()]}), Made(GROUP, "other", {"ingress": []})
    with pytest.raises(_NotApplicableError):
        judged(rule(), exemptions=[{"type": GROUP, "reason": "a honeypot"}])
    said = ask_stack_function(EXEMPT_RESOURCES, [exempt, other])

    assert said == [("it", "no-world-ssh: exempt for good: a honeypot")]
    assert ask_stack_function(EXEMPT_RESOURCES, [exempt, other]) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"no-world-ssh": "mandatory", "all": "advisory"}', None),
        ('{"no-world-shh": "mandatory"}', "'no-world-shh' is no policy of the pack. Did you mean 'no-world-ssh'?"),
        ('{"no-world-ssh": "madatory"}', "no-world-ssh: enforcementLevel is 'madatory'; use one of advisory, "),
        ('{"no-world-ssh": {"port": 22}}', "no-world-ssh: 'port', set to 22, is no setting"),
        ('{"no-key-pair": {"exemptions": [{}]}}', "no-key-pair: exemptions[0] has no reason"),
        ('{"exempt-resources": {"ports": [22]}}', "exempt-resources: 'ports' is no setting"),
        ('{"no-world-ssh": 1}', "no-world-ssh is 1; use a level or an object."),
        ('{"version": 2, "policies": {"no-world-ssh": "mandatory"}, "exceptions": {}}', None),
        ('{"version": 2, "policies": {"no-world-shh": "mandatory"}}', "'no-world-shh' is no policy of the pack."),
        ('{"version": 1, "policies": {"no-world-ssh": "mandatory"}}', "'version' is no policy of the pack."),
        (
            '{"session-manager-reachable": {"tags": ["web"]}}',
            "tags is ['web']; use an object",
        ),
        ('{"session-manager-reachable": {"tags": {"team": "web"}}}', None),
        ('{"session-manager-undetermined": "advisory"}', None),
        (
            '{"session-manager-undetermined": "mandatory"}',
            "session-manager-undetermined: enforcementLevel is 'mandatory'; use one of advisory, disabled.",
        ),
        ("[]", "The file holds []"),
        ("{", "The file is no JSON"),
    ],
)
def test_a_configuration_file_is_checked_before_the_engine_reads_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, problem: str | None
) -> None:
    (tmp_path / "config.json").write_text(text, encoding="utf-8")
    code = main(["check-config", str(tmp_path / "config.json")])

    assert code == (0 if problem is None else 1)
    assert (problem or "") in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_configuration_file_of_windows_is_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "config.json").write_text('{"all": "mandatory"}', encoding=encoding)

    assert main(["check-config", str(tmp_path / "config.json")]) == 0


def test_the_configuration_of_this_project_is_right() -> None:
    assert main(["check-config", str(PACK / "ssm-only.json")]) == 0


def test_a_file_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-config", "nowhere.json"]) == 2
    assert capsys.readouterr().err.startswith("nowhere.json: it can't be read: ")
