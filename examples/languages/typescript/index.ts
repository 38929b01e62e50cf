import * as pulumi from "@pulumi/pulumi";
import * as ssm from "@pulumi/ssm-only";

const preferences = new ssm.SessionPreferences("preferences", {
    sessions: { idleMinutes: 15, cloudwatch: { retentionDays: 90 } },
});
const network = new ssm.SsmNetwork("network", { logGroupArn: preferences.logGroupArn as pulumi.Output<string> });

function instance(name: string, zone: number): ssm.SsmInstance {
    return new ssm.SsmInstance(name, {
        zone,
        vpcId: network.vpcId,
        subnetIds: network.subnetIds,
        endpointGroupId: network.endpointGroupId as pulumi.Output<string>,
        s3PrefixListId: network.s3PrefixListId as pulumi.Output<string>,
        logGroupArn: preferences.logGroupArn as pulumi.Output<string>,
    }, { dependsOn: [network] });
}
const access = new ssm.OperatorAccess("operators", {
    documentName: preferences.documentName,
    operators: { portForwarding: true },
});

export const web = pulumi.interpolate`aws ssm start-session --target ${instance("web", 1).instanceId}`;
export const db = pulumi.interpolate`aws ssm start-session --target ${instance("db", 2).instanceId}`;
export const operators = access.policyArn;
