"""The registry: which reader turns a resource type's properties into openings.

A new type is a line here, a reader, and its rows in tests/policy; no rule changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard.readers import beanstalk, cloudformation, ec2, edges, eks, gamelift, lightsail, network_acl
from ssm_guard.readers.cloudformation import CFN_READERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssm_guard.readers.cloudformation import Reader

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
    "aws:elb/loadBalancer:LoadBalancer": edges.classic_load_balancer,
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
    "aws-native:elasticloadbalancing:LoadBalancer": CFN_READERS["AWS::ElasticLoadBalancing::LoadBalancer"],
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

READERS: Mapping[str, Reader] = {**CLASSIC, **NATIVE}
