package main

import (
	ssm "example.com/pulumi-ssm-only/sdk/go/ssmonly"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	preferences, err := ssm.NewSessionPreferences(ctx, "preferences", &ssm.SessionPreferencesArgs{
		Sessions: ssm.SessionsArgs{IdleMinutes: pulumi.IntRef(15), Cloudwatch: &ssm.CloudWatchLogsArgs{RetentionDays: pulumi.IntRef(90)}},
	})
	if err != nil {
		return err
	}
	network, err := ssm.NewSsmNetwork(ctx, "network", &ssm.SsmNetworkArgs{LogGroupArn: preferences.LogGroupArn})
	if err != nil {
		return err
	}
	for zone, name := range []string{"web", "db"} {
		instance, err := ssm.NewSsmInstance(ctx, name, &ssm.SsmInstanceArgs{
			Zone: pulumi.IntRef(zone + 1), VpcId: network.VpcId, SubnetIds: network.SubnetIds,
			EndpointGroupId: network.EndpointGroupId, S3PrefixListId: network.S3PrefixListId, LogGroupArn: preferences.LogGroupArn,
		}, pulumi.DependsOn([]pulumi.Resource{network}))
		if err != nil {
			return err
		}
		ctx.Export(name, pulumi.Sprintf("aws ssm start-session --target %s", instance.InstanceId))
	}
	operators, err := ssm.NewOperatorAccess(ctx, "operators", &ssm.OperatorAccessArgs{
		DocumentName: preferences.DocumentName, Operators: ssm.OperatorsArgs{PortForwarding: pulumi.BoolRef(true)},
	})
	if err != nil {
		return err
	}
	ctx.Export("operators", operators.PolicyArn)
	return nil
}
