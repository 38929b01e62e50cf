import pulumi
import pulumi_ssm_only as ssm  # type: ignore[import-not-found] # a test writes it

preferences = ssm.SessionPreferences("preferences", sessions={"idle_minutes": 15, "cloudwatch": {"retention_days": 90}})
network = ssm.SsmNetwork("network", log_group_arn=preferences.log_group_arn)
for zone, name in enumerate(("web", "db"), 1):
    instance = ssm.SsmInstance(
        name,
        zone=zone,
        vpc_id=network.vpc_id,
        subnet_ids=network.subnet_ids,
        endpoint_group_id=network.endpoint_group_id,
        s3_prefix_list_id=network.s3_prefix_list_id,
        log_group_arn=preferences.log_group_arn,
        opts=pulumi.ResourceOptions(depends_on=[network]),
    )
    pulumi.export(name, pulumi.Output.concat("aws ssm start-session --target ", instance.instance_id))
operators = ssm.OperatorAccess(
    "operators", document_name=preferences.document_name, operators={"port_forwarding": True}
)
pulumi.export("operators", operators.policy_arn)
