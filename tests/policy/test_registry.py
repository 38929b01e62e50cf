"""The registry against the table, and against the provider's own list of types."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path

from ssm_guard.readers import READERS
from ssm_guard.readers.aws import CLASSIC
from tests.policy.cases import azure, ec2, edges, elsewhere, gcp, other_clouds, templates

AWS_CASES = [*ec2.CASES, *edges.CASES, *elsewhere.CASES, *templates.CASES]
CASES = [*AWS_CASES, *gcp.CASES, *azure.CASES, *other_clouds.CASES]
# They open nothing by themselves: another entry of the ACL may deny first; test_across_resources.py has them.
WITH_THE_STACK = {"aws:ec2/networkAclRule:NetworkAclRule"}
# They never open a port that can be seen: what they carry is always somewhere else.
OPAQUE = {
    "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
    "aws:servicecatalog/product:Product",
    "aws:servicecatalog/provisionedProduct:ProvisionedProduct",
    "aws:servicecatalog/provisioningArtifact:ProvisioningArtifact",
    "aws-native:servicecatalog:CloudFormationProduct",
    "aws-native:servicecatalog:CloudFormationProvisionedProduct",
}


def test_every_type_that_is_read_has_a_case_that_is_blocked_and_one_that_is_not() -> None:
    blocked = {case.token for case in CASES if case.blocked}
    passing = {case.token for case in CASES if not case.blocked and not case.advised}

    assert set(READERS) - OPAQUE - WITH_THE_STACK == blocked & passing & set(READERS)


def test_every_classic_type_is_one_that_the_provider_has() -> None:
    """A misspelt token would never be asked for, and so let everything through."""
    spec = find_spec("pulumi_aws")
    assert spec is not None
    assert spec.origin is not None
    registered = re.search(r'resource_modules="""(.*?)"""', Path(spec.origin).read_text(encoding="utf-8"), re.DOTALL)
    assert registered is not None
    known = {token for module in json.loads(registered[1]) for token in module["classes"]}

    assert set(CLASSIC) - known == set()
