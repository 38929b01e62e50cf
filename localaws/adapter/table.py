"""Which types localaws supports, as one table: Terraform's name -> the module and name that pulumi-aws gives it.

A new type is a new row. `tests/engine/test_adapter.py` compares each with the SDK and with the bridge, property by
property: where the bridge makes a list of what is one object in pulumi-aws, `SINGLES` has to say so.
"""

from __future__ import annotations

from typing import NamedTuple

RESOURCES = {
    "aws_ami_copy": "ec2/amiCopy",
    "aws_ami_from_instance": "ec2/amiFromInstance",
    "aws_autoscaling_group": "autoscaling/group",
    "aws_cloudformation_stack": "cloudformation/stack",
    "aws_cloudwatch_event_rule": "cloudwatch/eventRule",
    "aws_cloudwatch_event_target": "cloudwatch/eventTarget",
    "aws_cloudwatch_log_group": "cloudwatch/logGroup",
    "aws_cloudwatch_log_metric_filter": "cloudwatch/logMetricFilter",
    "aws_cloudwatch_log_resource_policy": "cloudwatch/logResourcePolicy",
    "aws_cloudwatch_log_stream": "cloudwatch/logStream",
    "aws_cloudwatch_metric_alarm": "cloudwatch/metricAlarm",
    "aws_default_network_acl": "ec2/defaultNetworkAcl",
    "aws_default_route_table": "ec2/defaultRouteTable",
    "aws_default_security_group": "ec2/defaultSecurityGroup",
    "aws_ebs_snapshot": "ebs/snapshot",
    "aws_ebs_volume": "ebs/volume",
    "aws_ec2_instance_connect_endpoint": "ec2transitgateway/instanceConnectEndpoint",
    "aws_ec2_managed_prefix_list": "ec2/managedPrefixList",
    "aws_ec2_managed_prefix_list_entry": "ec2/managedPrefixListEntry",
    "aws_ec2_tag": "ec2/tag",
    "aws_egress_only_internet_gateway": "ec2/egressOnlyInternetGateway",
    "aws_eip": "ec2/eip",
    "aws_eip_association": "ec2/eipAssociation",
    "aws_flow_log": "ec2/flowLog",
    "aws_iam_access_key": "iam/accessKey",
    "aws_iam_group": "iam/group",
    "aws_iam_group_membership": "iam/groupMembership",
    "aws_iam_group_policy": "iam/groupPolicy",
    "aws_iam_group_policy_attachment": "iam/groupPolicyAttachment",
    "aws_iam_instance_profile": "iam/instanceProfile",
    "aws_iam_openid_connect_provider": "iam/openIdConnectProvider",
    "aws_iam_policy": "iam/policy",
    "aws_iam_role": "iam/role",
    "aws_iam_role_policy": "iam/rolePolicy",
    "aws_iam_role_policy_attachment": "iam/rolePolicyAttachment",
    "aws_iam_user": "iam/user",
    "aws_iam_user_policy": "iam/userPolicy",
    "aws_iam_user_policy_attachment": "iam/userPolicyAttachment",
    "aws_instance": "ec2/instance",
    "aws_internet_gateway": "ec2/internetGateway",
    "aws_internet_gateway_attachment": "ec2/internetGatewayAttachment",
    "aws_key_pair": "ec2/keyPair",
    "aws_kms_alias": "kms/alias",
    "aws_kms_key": "kms/key",
    "aws_kms_key_policy": "kms/keyPolicy",
    "aws_launch_template": "ec2/launchTemplate",
    "aws_lb": "lb/loadBalancer",
    "aws_lb_listener": "lb/listener",
    "aws_lb_target_group": "lb/targetGroup",
    "aws_lb_target_group_attachment": "lb/targetGroupAttachment",
    "aws_main_route_table_association": "ec2/mainRouteTableAssociation",
    "aws_nat_gateway": "ec2/natGateway",
    "aws_network_acl": "ec2/networkAcl",
    "aws_network_acl_association": "ec2/networkAclAssociation",
    "aws_network_acl_rule": "ec2/networkAclRule",
    "aws_network_interface": "ec2/networkInterface",
    "aws_network_interface_attachment": "ec2/networkInterfaceAttachment",
    "aws_network_interface_sg_attachment": "ec2/networkInterfaceSecurityGroupAttachment",
    "aws_placement_group": "ec2/placementGroup",
    "aws_route": "ec2/route",
    "aws_route53_record": "route53/record",
    "aws_route53_vpc_association_authorization": "route53/vpcAssociationAuthorization",
    "aws_route53_zone": "route53/zone",
    "aws_route53_zone_association": "route53/zoneAssociation",
    "aws_route_table": "ec2/routeTable",
    "aws_route_table_association": "ec2/routeTableAssociation",
    "aws_s3_bucket": "s3/bucket",
    "aws_s3_bucket_lifecycle_configuration": "s3/bucketLifecycleConfiguration",
    "aws_s3_bucket_logging": "s3/bucketLogging",
    "aws_s3_bucket_object_lock_configuration": "s3/bucketObjectLockConfiguration",
    "aws_s3_bucket_ownership_controls": "s3/bucketOwnershipControls",
    "aws_s3_bucket_policy": "s3/bucketPolicy",
    "aws_s3_bucket_public_access_block": "s3/bucketPublicAccessBlock",
    "aws_s3_bucket_server_side_encryption_configuration": "s3/bucketServerSideEncryptionConfiguration",
    "aws_s3_bucket_versioning": "s3/bucketVersioning",
    "aws_s3_object": "s3/bucketObjectv2",
    "aws_security_group": "ec2/securityGroup",
    "aws_security_group_rule": "ec2/securityGroupRule",
    "aws_sns_topic": "sns/topic",
    "aws_sns_topic_policy": "sns/topicPolicy",
    "aws_sns_topic_subscription": "sns/topicSubscription",
    "aws_sqs_queue": "sqs/queue",
    "aws_ssm_association": "ssm/association",
    "aws_ssm_document": "ssm/document",
    "aws_ssm_maintenance_window": "ssm/maintenanceWindow",
    "aws_ssm_parameter": "ssm/parameter",
    "aws_ssm_service_setting": "ssm/serviceSetting",
    "aws_subnet": "ec2/subnet",
    "aws_volume_attachment": "ec2/volumeAttachment",
    "aws_vpc": "ec2/vpc",
    "aws_vpc_block_public_access_exclusion": "ec2/vpcBlockPublicAccessExclusion",
    "aws_vpc_block_public_access_options": "ec2/vpcBlockPublicAccessOptions",
    "aws_vpc_dhcp_options": "ec2/vpcDhcpOptions",
    "aws_vpc_dhcp_options_association": "ec2/vpcDhcpOptionsAssociation",
    "aws_vpc_endpoint": "ec2/vpcEndpoint",
    "aws_vpc_endpoint_policy": "ec2/vpcEndpointPolicy",
    "aws_vpc_endpoint_route_table_association": "ec2/vpcEndpointRouteTableAssociation",
    "aws_vpc_endpoint_security_group_association": "ec2/securityGroupAssociation",
    "aws_vpc_endpoint_subnet_association": "ec2/vpcEndpointSubnetAssociation",
    "aws_vpc_ipv4_cidr_block_association": "ec2/vpcIpv4CidrBlockAssociation",
    "aws_vpc_ipv6_cidr_block_association": "ec2/vpcIpv6CidrBlockAssociation",
    "aws_vpc_peering_connection": "ec2/vpcPeeringConnection",
    "aws_vpc_security_group_egress_rule": "vpc/securityGroupEgressRule",
    "aws_vpc_security_group_ingress_rule": "vpc/securityGroupIngressRule",
}

FUNCTIONS = {
    "aws_ami": "ec2/getAmi",
    "aws_ami_ids": "ec2/getAmiIds",
    "aws_availability_zone": "index/getAvailabilityZone",
    "aws_availability_zones": "index/getAvailabilityZones",
    "aws_caller_identity": "index/getCallerIdentity",
    "aws_cloudwatch_log_group": "cloudwatch/getLogGroup",
    "aws_cloudwatch_log_groups": "cloudwatch/getLogGroups",
    "aws_default_tags": "index/getDefaultTags",
    "aws_ec2_instance_type": "ec2/getInstanceType",
    "aws_ec2_instance_type_offerings": "ec2/getInstanceTypeOfferings",
    "aws_ec2_instance_types": "ec2/getInstanceTypes",
    "aws_ec2_managed_prefix_list": "ec2/getManagedPrefixList",
    "aws_iam_group": "iam/getGroup",
    "aws_iam_instance_profile": "iam/getInstanceProfile",
    "aws_iam_policy": "iam/getPolicy",
    "aws_iam_policy_document": "iam/getPolicyDocument",
    "aws_iam_role": "iam/getRole",
    "aws_iam_session_context": "iam/getSessionContext",
    "aws_iam_user": "iam/getUser",
    "aws_instance": "ec2/getInstance",
    "aws_instances": "ec2/getInstances",
    "aws_internet_gateway": "ec2/getInternetGateway",
    "aws_kms_alias": "kms/getAlias",
    "aws_kms_key": "kms/getKey",
    "aws_nat_gateway": "ec2/getNatGateway",
    "aws_network_acls": "ec2/getNetworkAcls",
    "aws_network_interface": "ec2/getNetworkInterface",
    "aws_network_interfaces": "ec2/getNetworkInterfaces",
    "aws_partition": "index/getPartition",
    "aws_prefix_list": "ec2/getPrefixList",
    "aws_region": "index/getRegion",
    "aws_regions": "index/getRegions",
    "aws_route53_zone": "route53/getZone",
    "aws_route_table": "ec2/getRouteTable",
    "aws_route_tables": "ec2/getRouteTables",
    "aws_s3_bucket": "s3/getBucket",
    "aws_security_group": "ec2/getSecurityGroup",
    "aws_security_groups": "ec2/getSecurityGroups",
    "aws_service": "index/getService",
    "aws_ssm_document": "ssm/getDocument",
    "aws_ssm_instances": "ssm/getInstances",
    "aws_ssm_parameter": "ssm/getParameter",
    "aws_ssm_parameters_by_path": "ssm/getParametersByPath",
    "aws_subnet": "ec2/getSubnet",
    "aws_subnets": "ec2/getSubnets",
    "aws_vpc": "ec2/getVpc",
    "aws_vpc_endpoint": "ec2/getVpcEndpoint",
    "aws_vpc_endpoint_service": "ec2/getVpcEndpointService",
    "aws_vpc_security_group_rule": "vpc/getSecurityGroupRule",
    "aws_vpc_security_group_rules": "vpc/getSecurityGroupRules",
    "aws_vpcs": "ec2/getVpcs",
}

# Top-level properties that the bridge calls otherwise: it makes a plural of every list, and keeps Terraform's names.
_RULE_LISTS = {"ingress": "ingresses", "egress": "egresses"}
PROPERTIES = {
    "aws_cloudwatch_metric_alarm": {"name": "alarmName"},
    "aws_default_network_acl": _RULE_LISTS,
    "aws_default_security_group": _RULE_LISTS,
    "aws_network_acl": _RULE_LISTS,
    "aws_route53_record": {
        "aliases": "alias",
        "failoverRoutingPolicies": "failoverRoutingPolicy",
        "geolocationRoutingPolicies": "geolocationRoutingPolicy",
        "latencyRoutingPolicies": "latencyRoutingPolicy",
        "weightedRoutingPolicies": "weightedRoutingPolicy",
    },
    "aws_security_group": _RULE_LISTS,
    "aws_sns_topic_subscription": {"topic": "topicArn"},
}

# Of these the ones that pulumi-aws has as lists of one, and the bridge as one object; by the bridge's name.
LISTS = {"aws_route53_record": frozenset(PROPERTIES["aws_route53_record"].values())}


class Single(NamedTuple):
    """A nested property that pulumi-aws has as one object, and the bridge as a list of one.

    Attributes:
        bridge: its name there.
        below: the same of its own properties, by pulumi-aws's name.
    """

    bridge: str
    below: dict[str, Single] = {}  # noqa: RUF012 - nobody changes the table


# By the top-level list that they are in, and pulumi-aws's name.
SINGLES: dict[str, dict[str, dict[str, Single]]] = {
    "aws_s3_bucket_lifecycle_configuration": {
        "rules": {
            "abortIncompleteMultipartUpload": Single("abortIncompleteMultipartUploads"),
            "expiration": Single("expirations"),
            "filter": Single("filters", {"and": Single("ands"), "tag": Single("tags")}),
            "noncurrentVersionExpiration": Single("noncurrentVersionExpirations"),
        }
    }
}

# The same of the provider's own settings: one object for pulumi-aws, a list of one for the bridge, by both names.
SETTINGS = {
    "assumeRoleWithWebIdentity": "assumeRoleWithWebIdentities",
    "defaultTags": "defaultTags",
    "ignoreTags": "ignoreTags",
}


def terraform_names() -> list[str]:
    """Every Terraform name of the table: what the bridge is told to include."""
    return sorted(RESOURCES.keys() | FUNCTIONS.keys())


def pulumi_token(name: str) -> str:
    """`ec2/vpcEndpoint` -> `aws:ec2/vpcEndpoint:VpcEndpoint`; a function's second part stays lower case."""
    last = name.split("/")[1]
    return f"aws:{name}:{last if last.startswith('get') else last[0].upper() + last[1:]}"


def bridge_token(terraform: str, *, function: bool) -> str:
    """`aws_vpc_endpoint` -> `aws:index/vpcEndpoint:VpcEndpoint`, as the bridge derives it from Terraform's name."""
    words = terraform.removeprefix("aws_").split("_")
    capitalized = "".join(word[:1].upper() + word[1:] for word in words)
    if function:
        return f"aws:index/get{capitalized}:get{capitalized}"
    return f"aws:index/{capitalized[:1].lower() + capitalized[1:]}:{capitalized}"
