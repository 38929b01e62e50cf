"""Amazon Web Services: the classic provider, aws-native, and the same types from Terraform's packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard.readers.aws import beanstalk, cloudformation, ec2, edges, eks, gamelift, lightsail, network_acl
from ssm_guard.readers.aws.cloudformation import CFN_READERS
from ssm_guard.readers.cloud import Cloud, Repair, RuleSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssm_guard.readers.cloud import Reader

CLASSIC: Mapping[str, Reader] = {
    "aws:cloudcontrol/resource:Resource": cloudformation.cloud_control,
    "aws:cloudformation/stack:Stack": cloudformation.stack,
    "aws:cloudformation/stackSet:StackSet": cloudformation.stack,
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": network_acl.network_acl,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ec2.inline_rules,
    "aws:ec2/managedPrefixList:ManagedPrefixList": edges.prefix_list,
    "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry": edges.prefix_list,
    "aws:ec2/networkAcl:NetworkAcl": network_acl.network_acl,
    "aws:ec2/networkAclRule:NetworkAclRule": network_acl.network_acl_rule,
    "aws:ec2/securityGroup:SecurityGroup": ec2.inline_rules,
    "aws:ec2/securityGroupRule:SecurityGroupRule": ec2.single_rule,
    "aws:eks/nodeGroup:NodeGroup": eks.node_group,
    "aws:elasticbeanstalk/configurationTemplate:ConfigurationTemplate": beanstalk.environment,
    "aws:elasticbeanstalk/environment:Environment": beanstalk.environment,
    "aws:elb/loadBalancer:LoadBalancer": edges.guarded_load_balancer,
    "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration": edges.emr_public_access,
    "aws:gamelift/fleet:Fleet": gamelift.fleet,
    "aws:globalaccelerator/customRoutingEndpointGroup:CustomRoutingEndpointGroup": edges.accelerator_endpoints,
    "aws:globalaccelerator/customRoutingListener:CustomRoutingListener": edges.accelerator_listener,
    "aws:globalaccelerator/endpointGroup:EndpointGroup": edges.accelerator_endpoints,
    "aws:globalaccelerator/listener:Listener": edges.accelerator_listener,
    "aws:lightsail/instancePublicPorts:InstancePublicPorts": lightsail.public_ports,
    "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": cloudformation.application,
    "aws:servicecatalog/product:Product": cloudformation.product,
    "aws:servicecatalog/provisionedProduct:ProvisionedProduct": cloudformation.provisioned_product,
    "aws:servicecatalog/provisioningArtifact:ProvisioningArtifact": cloudformation.product,
    "aws:transfer/server:Server": edges.transfer_server,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ec2.ingress_rule,
}

# aws-native is generated from CloudFormation's schemas: the same types, with keys in camelCase.
NATIVE: Mapping[str, Reader] = {
    "aws-native:cloudformation:Stack": cloudformation.stack,
    "aws-native:cloudformation:StackSet": cloudformation.stack,
    "aws-native:ec2:PrefixList": CFN_READERS["AWS::EC2::PrefixList"],
    "aws-native:ec2:SecurityGroup": CFN_READERS["AWS::EC2::SecurityGroup"],
    "aws-native:ec2:SecurityGroupIngress": CFN_READERS["AWS::EC2::SecurityGroupIngress"],
    "aws-native:eks:Nodegroup": CFN_READERS["AWS::EKS::Nodegroup"],
    "aws-native:elasticbeanstalk:ConfigurationTemplate": CFN_READERS["AWS::ElasticBeanstalk::ConfigurationTemplate"],
    "aws-native:elasticbeanstalk:Environment": CFN_READERS["AWS::ElasticBeanstalk::Environment"],
    "aws-native:elasticloadbalancing:LoadBalancer": edges.guarded_load_balancer,
    "aws-native:gamelift:ContainerFleet": CFN_READERS["AWS::GameLift::ContainerFleet"],
    "aws-native:gamelift:Fleet": CFN_READERS["AWS::GameLift::Fleet"],
    "aws-native:globalaccelerator:EndpointGroup": CFN_READERS["AWS::GlobalAccelerator::EndpointGroup"],
    "aws-native:globalaccelerator:Listener": CFN_READERS["AWS::GlobalAccelerator::Listener"],
    "aws-native:index:ExtensionResource": cloudformation.extension_resource,
    "aws-native:lightsail:Instance": CFN_READERS["AWS::Lightsail::Instance"],
    "aws-native:servicecatalog:CloudFormationProduct": CFN_READERS["AWS::ServiceCatalog::CloudFormationProduct"],
    "aws-native:servicecatalog:CloudFormationProvisionedProduct": cloudformation.provisioned_product,
    "aws-native:transfer:Server": CFN_READERS["AWS::Transfer::Server"],
}

_CARRIERS = {
    "aws:cloudcontrol/resource:Resource": ("desiredState",),
    "aws-native:index:ExtensionResource": ("properties",),
}

SECURITY_GROUPS = RuleSet(
    sets=(
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws-native:ec2:SecurityGroup",
        *_CARRIERS,
    ),
    rules={
        "aws:ec2/securityGroupRule:SecurityGroupRule": ("securityGroupId",),
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ("securityGroupId",),
        "aws-native:ec2:SecurityGroupIngress": ("groupId", "groupName"),
        **_CARRIERS,
    },
    exclusive=True,
)

NETWORK_ACLS = RuleSet(
    sets=("aws:ec2/networkAcl:NetworkAcl", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl", "aws-native:ec2:NetworkAcl"),
    rules={"aws:ec2/networkAclRule:NetworkAclRule": ("networkAclId",)},
    exclusive=True,
)

# The names of pulumi-aws before version 7, which are aliases in its SDK.
_RENAMED = {
    f"aws:{old}/{name[0].lower()}{name[1:]}:{name}": f"aws:{new}/{name[0].lower()}{name[1:]}:{name}"
    for old, new, names in (
        ("elasticloadbalancingv2", "lb", ("LoadBalancer", "Listener", "TargetGroup", "TargetGroupAttachment")),
        ("applicationloadbalancing", "alb", ("LoadBalancer", "Listener", "TargetGroup", "TargetGroupAttachment")),
        ("elasticloadbalancing", "elb", ("LoadBalancer",)),
    )
    for name in names
}

_TERRAFORM = {
    f"aws_{name}": f"aws:{path}:{path.rpartition('/')[2][0].upper()}{path.rpartition('/')[2][1:]}"
    for name, path in {
        "alb": "alb/loadBalancer",
        "alb_listener": "alb/listener",
        "alb_target_group": "alb/targetGroup",
        "alb_target_group_attachment": "alb/targetGroupAttachment",
        "cloudcontrolapi_resource": "cloudcontrol/resource",
        "cloudformation_stack": "cloudformation/stack",
        "cloudformation_stack_set": "cloudformation/stackSet",
        "default_network_acl": "ec2/defaultNetworkAcl",
        "default_route_table": "ec2/defaultRouteTable",
        "default_security_group": "ec2/defaultSecurityGroup",
        "default_subnet": "ec2/defaultSubnet",
        "default_vpc": "ec2/defaultVpc",
        "ec2_managed_prefix_list": "ec2/managedPrefixList",
        "ec2_managed_prefix_list_entry": "ec2/managedPrefixListEntry",
        "egress_only_internet_gateway": "ec2/egressOnlyInternetGateway",
        "eip": "ec2/eip",
        "eip_association": "ec2/eipAssociation",
        "eks_node_group": "eks/nodeGroup",
        "elastic_beanstalk_configuration_template": "elasticbeanstalk/configurationTemplate",
        "elastic_beanstalk_environment": "elasticbeanstalk/environment",
        "elb": "elb/loadBalancer",
        "emr_block_public_access_configuration": "emr/blockPublicAccessConfiguration",
        "gamelift_fleet": "gamelift/fleet",
        "globalaccelerator_custom_routing_endpoint_group": "globalaccelerator/customRoutingEndpointGroup",
        "globalaccelerator_custom_routing_listener": "globalaccelerator/customRoutingListener",
        "globalaccelerator_endpoint_group": "globalaccelerator/endpointGroup",
        "globalaccelerator_listener": "globalaccelerator/listener",
        "iam_instance_profile": "iam/instanceProfile",
        "iam_policy": "iam/policy",
        "iam_role": "iam/role",
        "iam_role_policy": "iam/rolePolicy",
        "iam_role_policy_attachment": "iam/rolePolicyAttachment",
        "instance": "ec2/instance",
        "internet_gateway": "ec2/internetGateway",
        "internet_gateway_attachment": "ec2/internetGatewayAttachment",
        "launch_configuration": "ec2/launchConfiguration",
        "launch_template": "ec2/launchTemplate",
        "lb": "lb/loadBalancer",
        "lb_listener": "lb/listener",
        "lb_target_group": "lb/targetGroup",
        "lb_target_group_attachment": "lb/targetGroupAttachment",
        "lightsail_instance": "lightsail/instance",
        "lightsail_instance_public_ports": "lightsail/instancePublicPorts",
        "nat_gateway": "ec2/natGateway",
        "network_acl": "ec2/networkAcl",
        "network_acl_rule": "ec2/networkAclRule",
        "network_interface": "ec2/networkInterface",
        "route": "ec2/route",
        "route_table": "ec2/routeTable",
        "security_group": "ec2/securityGroup",
        "security_group_rule": "ec2/securityGroupRule",
        "serverlessapplicationrepository_cloudformation_stack": "serverlessrepository/cloudFormationStack",
        "servicecatalog_provisioned_product": "servicecatalog/provisionedProduct",
        "servicecatalog_product": "servicecatalog/product",
        "servicecatalog_provisioning_artifact": "servicecatalog/provisioningArtifact",
        "spot_instance_request": "ec2/spotInstanceRequest",
        "subnet": "ec2/subnet",
        "transfer_server": "transfer/server",
        "vpc": "ec2/vpc",
        "vpc_endpoint": "ec2/vpcEndpoint",
        "vpc_security_group_ingress_rule": "vpc/securityGroupIngressRule",
    }.items()
}

_SPLIT = Repair(ports=("fromPort", "toPort"))
_REPAIRS = {
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _SPLIT,
    "aws:ec2/securityGroup:SecurityGroup": _SPLIT,
    "aws:ec2/securityGroupRule:SecurityGroupRule": Repair(),
    "aws-native:ec2:SecurityGroup": _SPLIT,
    # A second entry would need a number of its own.
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": Repair(),
    "aws:ec2/networkAcl:NetworkAcl": Repair(),
    # A Linux fleet may open 22 alone, or ports from 1026 on: a range with both is refused.
    "aws:gamelift/fleet:Fleet": Repair(),
    "aws-native:gamelift:Fleet": Repair(),
    # Without `cidrs` AWS lets everybody in.
    "aws:lightsail/instancePublicPorts:InstancePublicPorts": Repair(
        ports=("fromPort", "toPort"), needs_a_rule=True, needs_its_lists=True
    ),
}

CLOUD = Cloud(
    name="aws",
    prefixes=("aws", "aws-native", "awsx"),
    readers={**CLASSIC, **NATIVE},
    remedy=(
        "Take it out, and connect with `aws ssm start-session --target <instance id>`: Session Manager needs no "
        "inbound rule (with no way to the internet: VPC endpoints for ssm and ssmmessages)."
    ),
    rule_sets=(SECURITY_GROUPS, NETWORK_ACLS),
    repairs=_REPAIRS,
    renamed=_RENAMED,
    terraform=_TERRAFORM,
)
