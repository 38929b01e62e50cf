"""What an instance's role needs for one command, whatever else it may do.

The agent asks for its associations, fetches the document of each, and says what became of it (its source,
agent/association/service and agent/association/scheduler). The actions on compliance and status know the instance, the
association and the document: Service Authorization Reference, "Actions, resources, and condition keys for AWS Systems
Manager".
"""

from ..base.iam_documents import allow, document
from ..base.region import Region


def command_policy(region: Region, document_arn: str, parameter: str) -> str:
    """The policy, as JSON.

    Args:
        region: of the command.
        document_arn: of its document, and no other.
        parameter: name of the one that the instance reports to.
    """
    statuses = [
        "ssm:DescribeAssociation",
        "ssm:ListInstanceAssociations",
        "ssm:PutComplianceItems",
        "ssm:UpdateAssociationStatus",
        "ssm:UpdateInstanceAssociationStatus",
    ]
    # A policy cannot say "the instance that asks": its id exists only after its role.
    involved = [region.arn("ec2", "instance/*"), region.arn("ssm", "association/*"), document_arn]
    report = region.arn("ssm", f"parameter/{parameter.removeprefix('/')}")
    return document(
        [
            allow("CommandDocument", ["ssm:DescribeDocument", "ssm:GetDocument"], [document_arn]),
            allow("CommandAssociations", statuses, involved),
            allow("CommandReport", ["ssm:PutParameter"], [report]),
        ]
    )
